/** Which m-line carries which source, as descriptions tell. */
import { expect } from 'chai';
import type { DescriptionSignal } from '../../../components/rtc/link/link-signal.ts';
import { Negotiation } from '../../../components/rtc/link/negotiation.ts';
import { eventually } from '../../support/waiting.ts';

describe('the sources of a description', () => {
  it('are not told of a line that was added while the description waited', async () => {
    const connection = new RTCPeerConnection();
    const microphone = connection.addTransceiver('audio');
    const sent: DescriptionSignal[] = [];
    const negotiation = new Negotiation(connection, {
      polite: false,
      send: (signal) => sent.push(signal),
      sendCandidates: () => undefined,
      describeTracks: (midOf) =>
        connection.getTransceivers().flatMap((transceiver) => {
          const mid = midOf(transceiver);
          return mid === null ? [] : [{ mid, source: transceiver === microphone ? 'microphone' : 'screen' }];
        }),
      onOffer: () => undefined,
      onStable: () => undefined,
      onError: (error) => {
        throw error;
      },
      now: () => performance.now(),
      isHidden: () => false,
    });
    try {
      negotiation.start();
      // As soon as the lines of the offer have their names, and before its first candidates are there.
      connection.addEventListener('signalingstatechange', () => connection.addTransceiver('video'), { once: true });
      const { tracks } = await eventually('an offer', () => sent[0]);
      expect(tracks).to.deep.equal([{ mid: microphone.mid, source: 'microphone' }]);
      expect(connection.getTransceivers()).to.have.length(2);
    } finally {
      negotiation.close();
      connection.close();
    }
  });
});
