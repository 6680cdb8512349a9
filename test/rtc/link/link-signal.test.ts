/** What another page may send: each signal is parsed or ignored, and none throws. */
import { expect } from 'chai';
import { parseLinkName, parseLinkSignal } from '../../../components/rtc/link/link-signal.ts';
import { FakeCallRoom, type Member } from '../../support/rtc/fake-call-room.ts';

/** Values that no field accepts, and one that throws when it is converted to a string or a number. */
const ODD: readonly unknown[] = [
  null,
  true,
  7,
  -1,
  1.5,
  1e308,
  '',
  'x',
  'x'.repeat(70_000),
  [],
  [[]],
  [null],
  {},
  { toString: 1, valueOf: 1 },
  { toString: null },
  { length: 1e9 },
  { __proto__: null },
  JSON.parse('{"__proto__":{"kind":"hello"}}'),
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
];

const SDP = 'v=0\r\nm=audio 9 RTP 0\r\n';
const VALID: Record<string, Record<string, unknown>> = {
  hello: { kind: 'hello' },
  candidates: { kind: 'candidates', candidates: [{ candidate: 'candidate:1', usernameFragment: 'u' }] },
  candidate: {
    kind: 'candidate',
    candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'abcd' },
  },
  tracks: { kind: 'tracks', tracks: [{ source: 'microphone', mid: null, muted: false }] },
  description: {
    kind: 'description',
    type: 'offer',
    sdp: SDP,
    offer: 1,
    past: 0,
    taken: 0,
    tracks: [{ source: 'camera', mid: '1' }],
    dtx: true,
  },
  shown: { kind: 'shown', camera: [160, 90], screen: [0, 0] },
};

/** Yields each valid signal with each of its fields, at every depth, replaced by each odd value. */
function* variants(value: unknown): Generator<unknown> {
  yield* ODD;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    for (const other of variants((value as Record<string, unknown>)[key])) {
      yield Array.isArray(value)
        ? value.map((one, index) => (String(index) === key ? other : one))
        : { ...value, [key]: other };
    }
  }
}

const HOSTILE = Object.values(VALID).flatMap((signal) => [...variants(signal)]);

describe('a signal of another page', () => {
  it('is parsed into what was sent', () => {
    for (const signal of Object.values(VALID)) expect(parseLinkSignal(signal)).to.deep.equal(signal);
  });

  it('tells no size that is no number of pixels', () => {
    for (const size of ['[1e999, 90]', '[null, 90]', '["160", 90]', '[160]', '[160, 90, 1]', '{}', '7'])
      expect(parseLinkSignal(JSON.parse(`{ "kind": "shown", "camera": ${size} }`)), size).to.equal(null);
  });

  it('may end its candidates by null, or by an empty string as Firefox does', () => {
    for (const candidate of [
      null,
      { candidate: '', sdpMid: null, sdpMLineIndex: null, usernameFragment: null },
      { candidate: '' },
    ]) {
      expect(parseLinkSignal({ kind: 'candidate', candidate })).to.deep.equal({ kind: 'candidate', candidate });
    }
  });

  it('contains only valid fields after parsing, whatever it contained', () => {
    expect(HOSTILE.length).to.be.greaterThan(300);
    for (const value of HOSTILE) {
      const signal = parseLinkSignal(value);
      if (signal?.kind === 'candidate' && signal.candidate) {
        expect(signal.candidate.candidate).to.be.a('string');
        expect(signal.candidate.usernameFragment ?? '').to.be.a('string');
      }
      if (signal?.kind === 'description') {
        for (const number of [signal.offer, signal.past, signal.taken]) expect(number).to.be.a('number');
        for (const { mid, source } of signal.tracks)
          expect([mid, source].every((text) => typeof text === 'string')).to.equal(true);
        expect(signal.sdp).to.be.a('string');
      }
      if (signal?.kind === 'tracks') for (const { muted } of signal.tracks) expect(muted).to.be.a('boolean');
    }
  });

  it('has at most as many lines as a link can have', () => {
    for (const [lines, isTaken] of [
      [1, true],
      [7, true],
      [8, false],
      [150, false],
    ] as const) {
      const sdp = `v=0\r\n${'m=audio 9 RTP 0\r\na=m=no line\r\n'.repeat(lines)}`;
      expect(parseLinkSignal({ ...VALID.description, sdp }) !== null, `${lines} lines`).to.equal(isTaken);
    }
  });

  it("throws nothing in a call, and does not keep another participant's signal from being applied", async () => {
    const room = new FakeCallRoom();
    const failures: unknown[] = [];
    const onFailure = (event: PromiseRejectionEvent | ErrorEvent): void =>
      void failures.push('reason' in event ? event.reason : event.error);
    addEventListener('unhandledrejection', onFailure);
    addEventListener('error', onFailure);
    try {
      const [lee] = (await room.join('lee')) as [Member];
      for (const id of ['kim', 'mo']) room.add(id);
      const ours = room.roster.find(({ id }) => id === 'lee')!.call!.joinId;
      // Kim and Mo are not in the roster yet, so their signals wait. All are applied at once, the hostile ones of Kim
      // before the valid one of Mo.
      for (const signal of HOSTILE.slice(-90)) lee.call.handleSignal('kim', `of-kim.${ours}.0`, signal as never);
      lee.call.handleSignal('mo', `${ours}.of-mo.0`, { kind: 'tracks', tracks: [{ source: 'camera', muted: false }] });
      for (const id of ['kim', 'mo'])
        room.change(id, { connected: false, call: { joinId: `of-${id}`, tracks: [], receivesVideo: true } });
      expect(lee.call.store.get().participants.find(({ id }) => id === 'mo')).to.include({ camera: true });
      for (const signal of HOSTILE) lee.call.handleSignal('kim', `of-kim.${ours}.0`, signal as never);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      expect(failures).to.deep.equal([]);
    } finally {
      removeEventListener('unhandledrejection', onFailure);
      removeEventListener('error', onFailure);
      room.close();
    }
  });
});

describe('the name of a link', () => {
  it('is two presences and a number, and nothing else', () => {
    expect(parseLinkName('a.b.12')).to.deep.equal({ makerJoinId: 'a', otherJoinId: 'b', attempt: 12 });
    for (const name of [
      '',
      '.',
      '..',
      'a.b',
      'a.b.',
      '.b.1',
      'a..1',
      'a.b.c',
      'a.b.-1',
      'a.b.1.5',
      'a.b.1e3',
      'a.b.1234567',
      'a.b. 1',
      'a.b.1\n',
    ]) {
      expect(parseLinkName(name), JSON.stringify(name)).to.equal(null);
    }
  });
});
