/** A raised hand over a restart of the server, and who is told that it went down. The server is played by the test. */
import { expect } from 'chai';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { Emitter } from '../../../components/internal/emitter.ts';
import { Store } from '../../../components/internal/store.ts';
import { Hands, type HandsParts } from '../../../components/video-call/hands/hands.ts';
import { RESTRICTED } from '../../../components/video-call/more/restricted.ts';
import type { Trouble } from '../../../components/video-call/situation.ts';
import { codeOf } from '../../support/browser/calls.ts';

interface Presence {
  since?: number;
  hand?: { n: number; at: number };
}

const HAND = { n: 1, at: 1 };

/**
 * The hands of a page, with what it asks for. It renders as an element does.
 * @param refusal the error of each command that lowers the hand
 */
function handsAlone(refusal?: CodedError) {
  const sent: boolean[] = [];
  const store = new Store({ selfId: 'ann', role: 'participant', participants: [] as unknown[] });
  const events = new Emitter<{ resumed: undefined }>();
  const moderate = async (_command: string, { on }: { on: boolean }) => {
    sent.push(on);
    if (refusal && !on) throw refusal;
  };
  const element = Object.assign(document.createElement('div'), {
    renderRoot: document.createElement('div'),
    addController() {},
    requestUpdate: () => queueMicrotask(() => hands.hostUpdated()),
  });
  const actions: { trouble: Trouble | null } = { trouble: null };
  const room = { session: { store, events, moderate } };
  const call = { state: 'joined', given: [], shared: null, room };
  const hands = new Hands({ element, call, actions, restricted: RESTRICTED } as unknown as HandsParts);
  const enter = async (presence: Presence | null, id = 'ann', role = 'participant'): Promise<void> => {
    store.patch({ selfId: id, role, participants: [{ id, role, call: presence }] });
    element.requestUpdate();
    // The rendering, and the one that it asks for.
    await Promise.resolve();
    await Promise.resolve();
  };
  return { hands, enter, sent, actions, resume: () => events.emit('resumed', undefined) };
}

type Alone = ReturnType<typeof handsAlone>;

describe('a raised hand', () => {
  it('is raised again after a restart of the server, but not if lowered meanwhile', async () => {
    for (const isLowered of [false, true]) {
      const { hands, enter, sent } = handsAlone();
      await enter({ since: 1, hand: HAND });
      // The page shows what it knew until it is in the call again.
      await enter({ hand: HAND });
      if (isLowered) void hands.raiseHand(false);
      await enter({ hand: HAND });
      await enter({ since: 2 });
      expect(sent, isLowered ? 'lowered' : 'not lowered').to.deep.equal([!isLowered]);
    }
  });

  it('is raised again once after a restart that gave a new id, but not if lowered meanwhile', async () => {
    for (const isLowered of [false, true]) {
      const { hands, enter, sent } = handsAlone();
      await enter({ since: 1, hand: HAND });
      if (isLowered) void hands.raiseHand(false);
      await enter(null, 'ann again');
      // Numbers begin again.
      await enter({ since: 1 }, 'ann again');
      await enter({ since: 2 }, 'ann again');
      expect(sent, isLowered ? 'lowered' : 'not lowered').to.deep.equal([!isLowered]);
    }
  });

  it('stays down over a restart that came before the answer to lowering', async () => {
    const { hands, enter, sent } = handsAlone();
    await enter({ since: 1, hand: HAND });
    void hands.raiseHand(false);
    await enter({ since: 1, hand: HAND });
    await enter({ hand: HAND });
    await enter({ since: 2 });
    expect(sent).to.deep.equal([false]);
  });

  it('is raised again after a restart if the server refused to lower it before', async () => {
    for (const code of ['rate-limited', 'server-unreachable'] as const) {
      const { hands, enter, sent, resume } = handsAlone(new CodedError(code));
      await enter({ since: 1, hand: HAND });
      expect(await codeOf(hands.raiseHand(false))).to.equal(code);
      // The line is back, and the hand is up.
      await enter({ since: 1, hand: HAND });
      if (code === 'server-unreachable') resume();
      await enter({ hand: HAND });
      await enter({ since: 2 });
      expect(sent, code).to.deep.equal([false, true]);
    }
  });

  const cases: [why: string, told: Trouble | null, act: (alone: Alone) => Promise<void>, refusal?: CodedError][] = [
    ['somebody else lowered it', 'callHandLowered', async ({ enter }) => enter({ since: 1 })],
    [
      'the server started again',
      null,
      async ({ enter }) => {
        await enter({ hand: HAND });
        await enter({ since: 2 });
        await enter({ since: 2 });
      },
    ],
    [
      'the server started again and gave a new id',
      null,
      async ({ enter }) => {
        await enter(null, 'ann again');
        await enter({ since: 1 }, 'ann again');
        await enter({ since: 1 }, 'ann again');
      },
    ],
    [
      'the person was away for longer than the server keeps a hand',
      null,
      async ({ enter }) => {
        await enter(null);
        await enter({ since: 2 });
      },
    ],
    [
      'the person lowered it',
      null,
      async ({ enter, hands }) => {
        await hands.raiseHand(false);
        await enter({ since: 1 });
      },
    ],
    [
      'the person lowered and raised it before the server answered',
      null,
      async ({ enter, hands }) => {
        const asked = [hands.raiseHand(false), hands.raiseHand(true)];
        const facts = enter({ since: 1 });
        await Promise.all([...asked, facts]);
      },
    ],
    [
      'the person lowered, raised and lowered it before the server answered',
      null,
      async ({ enter, hands }) => {
        const asked = [false, true, false].map((on) => hands.raiseHand(on));
        const facts = [enter({ since: 1 }), enter({ since: 1, hand: { n: 2, at: 2 } }), enter({ since: 1 })];
        await Promise.all([...asked, ...facts]);
      },
    ],
    [
      'somebody else lowered it after the server refused to',
      'callHandLowered',
      async ({ enter, hands }) => {
        await codeOf(hands.raiseHand(false));
        await enter({ since: 1, hand: HAND });
        await enter({ since: 1 });
      },
      new CodedError('rate-limited'),
    ],
    ['the person has left the call and come back', null, async ({ enter }) => enter({ since: 2 })],
    ['the person moderates', null, async ({ enter }) => enter({ since: 1 }, 'ann', 'moderator')],
    [
      'the person lowered it and the server did not answer in time',
      null,
      async ({ enter, hands }) => {
        await codeOf(hands.raiseHand(false));
        await enter({ since: 1 });
      },
      new CodedError('timeout'),
    ],
    [
      'somebody else lowered it after the line was lost while the person did',
      'callHandLowered',
      async ({ enter, hands, resume }) => {
        await codeOf(hands.raiseHand(false));
        await enter({ since: 1, hand: HAND });
        resume();
        await enter({ since: 1 });
      },
      new CodedError('server-unreachable'),
    ],
    [
      'the microphone was taken before',
      'callMayNotSpeak',
      async ({ actions, enter }) => {
        actions.trouble = 'callMayNotSpeak';
        await enter({ since: 1 });
      },
    ],
    [
      'the microphone was taken before, and the person knows it by now',
      'callHandLowered',
      async ({ actions, enter }) => {
        actions.trouble = 'callMayNotSpeak';
        await enter({ since: 1 });
        actions.trouble = null;
        await enter({ since: 1 });
      },
    ],
    [
      'somebody else lowered it, once it is up again',
      null,
      async ({ enter }) => {
        await enter({ since: 1 });
        await enter({ since: 1, hand: { n: 2, at: 2 } });
      },
    ],
  ];
  for (const [why, told, act, refusal] of cases)
    it(`is ${told === 'callHandLowered' ? '' : 'not '}told to be down when ${why}`, async () => {
      const alone = handsAlone(refusal);
      await alone.enter({ since: 1, hand: HAND });
      await act(alone);
      expect(alone.actions.trouble).to.equal(told);
    });
});
