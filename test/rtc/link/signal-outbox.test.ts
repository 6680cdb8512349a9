/** What a link does with a signal that its server refused. */
import { expect } from 'chai';
import { CodedError } from '../../../components/internal/coded-error.ts';
import type { LinkSignal } from '../../../components/rtc/link/link-signal.ts';
import { SignalOutbox } from '../../../components/rtc/link/signal-outbox.ts';
import { ERROR_CODES, type ErrorCode } from '../../../server/protocol.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';

const POISON: LinkSignal = { kind: 'tracks', tracks: [] };
const NEXT: LinkSignal = { kind: 'hello' };

interface Scene {
  outbox: SignalOutbox;
  sent: LinkSignal[];
  /** Moves the clock second by second, and runs every timer that is due. */
  pass(seconds: number): Promise<void>;
}

/** An outbox whose server refuses the signal `POISON` with the code of `refusal()`, and accepts all others. */
function open(refusal: () => ErrorCode | null): Scene {
  const clock = new FakeClock();
  const sent: LinkSignal[] = [];
  const outbox = new SignalOutbox({
    clock,
    isConnected: () => true,
    sendOnChannel: () => false,
    send: async (signal) => {
      sent.push(signal);
      const code = signal === POISON && refusal();
      if (code) throw new CodedError(code);
    },
  });
  const settle = () =>
    new Promise<void>((resolve) => void queueMicrotask(() => queueMicrotask(() => queueMicrotask(resolve))));
  return {
    outbox,
    sent,
    pass: async (seconds) => {
      for (let second = 0; second < seconds; second++) {
        await settle();
        clock.pass(1_000);
        await settle();
      }
    },
  };
}

const count = ({ sent }: Scene, signal: LinkSignal) => sent.filter((one) => one === signal).length;

/** Refusals that say nothing about the signal itself. */
const PASSING: readonly ErrorCode[] = ['peer-unreachable', 'participant-gone', 'not-in-room', 'rate-limited'];
/** Failures that the signal itself may cause: a signal too large for a proxy ends the connection each time. */
const UNCERTAIN: readonly ErrorCode[] = ['server-unreachable', 'timeout', 'internal'];

describe('a signal that is refused', () => {
  for (const code of ERROR_CODES) {
    const tries = PASSING.includes(code) ? 'until it is taken' : UNCERTAIN.includes(code) ? 'four times' : 'once';
    it(`with ${code} is sent ${tries}, and later signals continue`, async () => {
      let refuses = true;
      const scene = open(() => (refuses ? code : null));
      scene.outbox.push(POISON);
      await scene.pass(1);
      scene.outbox.push(NEXT);
      await scene.pass(20);
      if (PASSING.includes(code)) expect(count(scene, POISON)).to.be.greaterThan(10);
      else expect(count(scene, POISON)).to.equal(UNCERTAIN.includes(code) ? 4 : 1);
      refuses = false;
      await scene.pass(2);
      expect(count(scene, NEXT)).to.be.greaterThan(0);
      const { length } = scene.sent;
      await scene.pass(20);
      expect(scene.sent, 'nothing is left to send').to.have.length(length);
    });
  }

  it('is sent when the receiver or the connection is back after a while', async () => {
    for (const codes of [
      ['peer-unreachable'],
      ['server-unreachable', 'timeout'],
      ['rate-limited', 'internal', 'participant-gone', 'timeout'],
    ] as const) {
      const left: ErrorCode[] = [...codes];
      const scene = open(() => left.shift() ?? null);
      scene.outbox.push(POISON);
      await scene.pass(10);
      expect(count(scene, POISON), codes.join()).to.equal(codes.length + 1);
    }
  });
});
