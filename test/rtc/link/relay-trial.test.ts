/** A trial of the TURN servers on a scripted connection. `test/e2e/turn.test.ts` has a real relay. */
import { expect } from 'chai';
import { Emitter } from '../../../components/internal/emitter.ts';
import { tryRelays, type TrialEvents } from '../../../components/rtc/link/relay-trial.ts';

const RELAY: RTCIceServer = { urls: 'turn:relay.invalid', username: 'u', credential: 'c' };
const STUN: RTCIceServer = { urls: ['stun:stun.invalid'] };

/** A stand-in for `RTCPeerConnection`: it reports the candidates in `found`, then that there are no more. */
class Gathering extends EventTarget {
  static made: RTCConfiguration[] = [];
  closed = false;

  constructor(
    configuration: RTCConfiguration,
    readonly found: readonly string[],
    readonly whileGathering: () => void,
  ) {
    super();
    Gathering.made.push(configuration);
  }

  createDataChannel(): void {}

  async setLocalDescription(): Promise<void> {
    this.whileGathering();
    for (const candidate of [...this.found.map((text) => ({ candidate: text })), null]) {
      this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }));
    }
  }

  close(): void {
    this.closed = true;
  }
}

interface Case {
  iceServers: RTCIceServer[];
  found?: string[];
  /** What happens to the participant before the trial, and what during it (`meanwhile`). */
  before?: { wasConnected?: boolean };
  meanwhile?: { wasConnected?: boolean; link?: null };
  tried: number;
  told: number;
}

const CASES: Record<string, Case> = {
  'a relay that gives nothing': { iceServers: [RELAY], tried: 1, told: 1 },
  'a relay over TLS that gives nothing': {
    iceServers: [{ ...RELAY, urls: ['TURNS:relay.invalid?transport=tcp'] }],
    tried: 1,
    told: 1,
  },
  'a relay that ends with an empty candidate': { iceServers: [RELAY], found: [''], tried: 1, told: 1 },
  'a relay that gives an address': {
    iceServers: [RELAY],
    found: ['candidate:1 1 udp 1 192.0.2.1 9 typ relay'],
    tried: 1,
    told: 0,
  },
  'no server at all': { iceServers: [], tried: 0, told: 0 },
  'a STUN server alone': { iceServers: [STUN], tried: 0, told: 0 },
  'a participant who was reached before': { iceServers: [RELAY], before: { wasConnected: true }, tried: 0, told: 0 },
  'a participant who is reached during the trial': {
    iceServers: [RELAY],
    meanwhile: { wasConnected: true },
    tried: 1,
    told: 0,
  },
  'a participant who leaves during the trial': { iceServers: [RELAY], meanwhile: { link: null }, tried: 1, told: 0 },
};

describe('a trial of the TURN servers', () => {
  beforeEach(() => {
    Gathering.made = [];
  });

  for (const [name, { iceServers, found = [], before = {}, meanwhile = {}, tried, told }] of Object.entries(CASES)) {
    it(`${name}: ${told ? 'reports it once' : 'does not report it'}`, async () => {
      const participant = { wasConnected: false, link: {} as object | null, ...before };
      const connections: Gathering[] = [];
      const events = new Emitter<TrialEvents>();
      const codes: string[] = [];
      events.on('error', ({ error }) => codes.push(error.code));
      const caller = {
        clock: { now: () => 0 },
        events,
        createPeerConnection: (configuration: RTCConfiguration) => {
          const connection = new Gathering(configuration, found, () => Object.assign(participant, meanwhile));
          connections.push(connection);
          return connection as unknown as RTCPeerConnection;
        },
      };
      const tick = (now: number) => tryRelays(caller, { iceServers }, participant, now);
      for (const now of [0, 1_000, 7_999]) await tick(now);
      expect(Gathering.made, 'a path may still be found').to.deep.equal([]);
      await Promise.all([8_000, 8_001, 9_000, 37_999].map(tick));
      expect(Gathering.made).to.have.length(tried);
      await tick(100_000);
      expect(codes).to.deep.equal(Array(told).fill('peer-unreachable'));
      expect(connections.every(({ closed }) => closed)).to.equal(true);
      expect(Gathering.made.every(({ iceTransportPolicy }) => iceTransportPolicy === 'relay')).to.equal(true);
    });
  }

  it('reports nothing when no connection can be made', async () => {
    const events = new Emitter<TrialEvents>();
    const codes: string[] = [];
    events.on('error', ({ error }) => codes.push(error.code));
    const createPeerConnection = () => {
      throw new TypeError('no');
    };
    const [caller, participant] = [
      { clock: { now: () => 0 }, events, createPeerConnection },
      { wasConnected: false, link: {} },
    ];
    for (const now of [0, 8_000]) await tryRelays(caller, { iceServers: [RELAY] }, participant, now);
    expect(codes).to.deep.equal([]);
  });
});
