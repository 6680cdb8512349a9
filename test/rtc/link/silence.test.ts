/** Which session descriptions get `usedtx=1`, with which the sender's Opus encoder pauses in silence. */
import { expect } from 'chai';
import { withDtx } from '../../../components/rtc/link/silence.ts';

const LINES = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1'];
const sdpOf = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join('');
const asked = (sdp: string): string[] => sdp.split('\r\n').filter((line) => line.includes('usedtx=1'));

describe('a description that asks for silence', () => {
  it('asks in the line of the microphone', () => {
    expect(asked(withDtx(sdpOf(...LINES)))).to.deep.equal(['a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1']);
  });

  it('does not ask for the sound of a screen, which may be quiet music', () => {
    const sdp = withDtx(sdpOf(...LINES, 'm=video 9 UDP/TLS/RTP/SAVPF 96', ...LINES));
    expect(asked(sdp)).to.have.length(1);
    expect(sdp.indexOf('usedtx=1')).to.be.below(sdp.indexOf('m=video'));
  });

  it('asks once', () => {
    const once = withDtx(sdpOf(...LINES));
    expect(withDtx(once)).to.equal(once);
  });

  it('stays as it is without Opus', () => {
    const sdp = sdpOf('m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=rtpmap:0 PCMU/8000');
    expect(withDtx(sdp)).to.equal(sdp);
  });
});
