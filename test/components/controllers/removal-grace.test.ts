import { expect } from 'chai';
import type { CallLeaveEvent, CallJoinEvent, StateChangeEvent } from '../../../components/events.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { createCall, freshRoom, joinedCall, listen, reaches, removeCalls } from '../../support/browser/calls.ts';
import {
  clearHouse,
  createChat,
  createList,
  guest,
  joinedChat,
  reaches as chatReaches,
} from '../../support/browser/chats.ts';
import { eventually, pass } from '../../support/waiting.ts';

/** All events with which `<video-call>` tells what has happened. */
const CALL_FACTS: (keyof HTMLElementEventMap)[] = [
  'state-change',
  'call-join',
  'call-leave',
  'participant-join',
  'participant-leave',
  'participant-change',
  'microphone-change',
  'camera-change',
  'screen-share-change',
  'devices-change',
  'room-change',
  'knock',
  'knock-end',
  'token-expire',
  'call-error',
];
const CHAT_FACTS: (keyof HTMLElementEventMap)[] = [
  'state-change',
  'message-receive',
  'unread-change',
  'participant-join',
  'participant-leave',
  'participant-change',
  'room-change',
  'call-error',
];

const GRACE_MS = 500;
/** Resolves after the grace of all elements removed so far. Equal timers of a page fire in the order of their start. */
const graceIsOver = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, GRACE_MS + 10));
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const told = (events: Event[]): string[] =>
  events
    .filter(({ type }) => /^call-(?:join|leave)$/.test(type))
    .map((event) => {
      const { type, room } = event as CallJoinEvent;
      return `${type} ${room}${type === 'call-leave' ? ` ${(event as CallLeaveEvent).reason}` : ''}`;
    });

/** A call that joins by itself, not yet in the document. */
async function prepared(room: string, like: VideoCall): Promise<VideoCall> {
  const call = document.createElement('video-call');
  Object.assign(call, { room, server: like.server, constraints: like.constraints, autojoin: true });
  return call;
}

afterEach(async () => {
  await removeCalls();
  await clearHouse();
});

describe('a call whose element is replaced', () => {
  /** In which order a framework may exchange the two. */
  const EXCHANGES: Record<string, (before: VideoCall, next: VideoCall, onInsert: () => void) => void | Promise<void>> =
    {
      'by replaceWith()': (before, next) => before.replaceWith(next),
      'removed, then inserted': (before, next) => {
        const { parentElement } = before;
        before.remove();
        parentElement!.append(next);
      },
      'inserted, then removed': (before, next) => {
        before.after(next);
        before.remove();
      },
      'with the page around it': (before, next) => {
        const box = document.createElement('div');
        box.append(next);
        before.replaceWith(box);
      },
      'a while after the removal': async (before, next, onInsert) => {
        const { parentElement } = before;
        before.remove();
        await after(300);
        onInsert();
        parentElement!.append(next);
      },
    };
  for (const [how, exchange] of Object.entries(EXCHANGES)) {
    it(`${how}: the old element is silent and idle, the new one is in the call`, async () => {
      const before = await joinedCall();
      const { room } = before;
      const selfId = before.participants[0]!.id;
      const next = await prepared(` ${room} `, before);
      const heard = listen(next, ...CALL_FACTS);
      const silence = listen(before, ...CALL_FACTS);
      // Events before `next` is inserted do not count, because until then `before` is the call's only element.
      await exchange(before, next, () => silence.splice(0));
      await reaches(next, 'joined');
      expect(before.state).to.equal('idle');
      expect(before.matches(':state(idle)')).to.equal(true);
      expect(before.participants).to.deep.equal([]);
      await graceIsOver();
      next.setAttribute('display-name', 'Later');
      await next.toggleMicrophone(false);
      await graceIsOver();
      expect(silence.map(({ type }) => type)).to.deep.equal([]);
      expect(told(heard)).to.deep.equal([`call-join ${room}`]);
      expect(next.participants[0]!.id).to.equal(selfId);
      before.remove();
      next.remove();
      await reaches(next, 'idle');
      expect(told(heard).slice(1)).to.deep.equal([`call-leave ${room} element-removed`]);
    });
  }

  it('is silent in the lobby and on the way in as well', async () => {
    for (const autojoin of [false, true]) {
      const room = freshRoom();
      const before = await createCall({ room, attributes: autojoin ? { autojoin: '' } : {} });
      if (!autojoin) await reaches(before, 'prejoin');
      const silence = listen(before, ...CALL_FACTS);
      const next = await prepared(room, before);
      before.replaceWith(next);
      await reaches(next, 'joined');
      expect(before.state).to.equal('idle');
      await graceIsOver();
      expect(
        silence.map(({ type }) => type),
        `autojoin ${autojoin}`,
      ).to.deep.equal([]);
      await removeCalls();
    }
  });

  it('begins again when it is put in again', async () => {
    const before = await joinedCall();
    const { room } = before;
    const next = await prepared(room, before);
    before.replaceWith(next);
    await reaches(next, 'joined');
    expect(before.state).to.equal('idle');
    const heard = listen(before, 'state-change', 'call-join', 'call-leave');
    next.after(before);
    await reaches(before, 'joined');
    expect(told(heard)).to.deep.equal([`call-join ${room}`]);
    expect((heard.at(-2) as StateChangeEvent).state).to.equal('joined');
    // The other way round: `before` replaces `next`.
    before.remove();
    next.replaceWith(before);
    next.remove();
    await graceIsOver();
    await reaches(before, 'joined');
  });

  it('is carried on by an element that came from another room', async () => {
    const before = await joinedCall();
    const other = await joinedCall();
    const { room } = before;
    const silence = listen(before, ...CALL_FACTS);
    const heard = listen(other, 'call-join', 'call-leave');
    const from = other.room;
    before.remove();
    other.room = room;
    await eventually('the other one is in the room', () => told(heard).length === 2);
    expect(told(heard)).to.deep.equal([`call-leave ${from} room-changed`, `call-join ${room}`]);
    expect(before.state).to.equal('idle');
    await graceIsOver();
    expect(silence.map(({ type }) => type)).to.deep.equal([]);
  });

  it('keeps others of the page as they are: a chat of the room replaces no call', async () => {
    const before = await joinedCall();
    const { room } = before;
    const heard = listen(before, 'call-leave');
    before.remove();
    const chat = await createChat({ attributes: { room } });
    await chatReaches(chat, 'joined');
    await reaches(before, 'idle');
    expect(told(heard)).to.deep.equal([`call-leave ${room} element-removed`]);
  });
});

describe('a call whose element is removed, and not replaced', () => {
  it('says element-removed: alone, beside a twin, and beside an element that had the call before', async () => {
    const call = await joinedCall();
    const { room } = call;
    const twin = await joinedCall({ room });
    const heard = listen(call, ...CALL_FACTS);
    const heardByTwin = listen(twin, ...CALL_FACTS);
    call.remove();
    // Moving the twin does not take over the removed element's place, because the twin was in the call already.
    twin.parentElement!.prepend(twin);
    await reaches(call, 'idle');
    expect(told(heard)).to.deep.equal([`call-leave ${room} element-removed`]);
    expect(told(heardByTwin)).to.deep.equal([]);
    expect(twin.state).to.equal('joined');
    twin.remove();
    await reaches(twin, 'idle');
    expect(told(heardByTwin)).to.deep.equal([`call-leave ${room} element-removed`]);
  });

  it('says so before an element that entered another room meanwhile says call-join and joined', async () => {
    const before = await joinedCall();
    const from = before.room;
    const to = freshRoom();
    const next = await prepared(to, before);
    const order: string[] = [];
    for (const call of [before, next]) {
      const onFact = (event: Event): void => void order.push(...told([event]));
      for (const type of ['call-join', 'call-leave']) call.addEventListener(type, onFact);
      call.addEventListener('state-change', ({ state }) => /^(?:idle|joined)$/.test(state) && order.push(state));
    }
    before.replaceWith(next);
    await reaches(next, 'joined');
    await graceIsOver();
    expect(order).to.deep.equal([`call-leave ${from} element-removed`, 'idle', 'joined', `call-join ${to}`]);
  });

  it('keeps its call where it is only moved while another one enters another room', async () => {
    const moved = await joinedCall();
    const heard = listen(moved, 'call-leave', 'state-change');
    const parent = moved.parentElement!;
    moved.remove();
    // On a busy machine the lobby of the other call takes longer than the grace.
    const isBack = pass(GRACE_MS / 2).then(() => parent.append(moved));
    await reaches(await createCall({ room: freshRoom() }), 'prejoin');
    await isBack;
    await graceIsOver();
    expect(heard).to.deep.equal([]);
    expect(moved.state).to.equal('joined');
  });
});

describe('a chat whose element is replaced', () => {
  it('is silent and idle, and begins again when it is put in again', async () => {
    const before = await joinedChat();
    const { room, server } = before;
    const next = document.createElement('chat-room');
    Object.assign(next, { room, server });
    before.replaceWith(next);
    const silence = listen(before, ...CHAT_FACTS);
    await chatReaches(next, 'joined');
    expect(before.state).to.equal('idle');
    const visitor = (await guest('Visitor')).join(room);
    await eventually('the visitor is seen', () => next.participants.length === 2);
    await visitor.sendMessage('hello');
    await eventually('the message is seen', () => next.messages.some(({ text }) => text === 'hello'));
    await graceIsOver();
    expect(silence.map(({ type }) => type)).to.deep.equal([]);
    expect(before.matches(':state(idle)')).to.equal(true);
    expect(before.messages).to.deep.equal([]);
    next.after(before);
    await chatReaches(before, 'joined');
    await before.updateComplete;
    expect(silence.at(-1)!.type).to.equal('state-change');
  });

  it('says idle where it is not: for good, and before a chat of another room says joined', async () => {
    const before = await joinedChat();
    const states: string[] = [];
    before.addEventListener('state-change', ({ state }) => states.push(`old ${state}`));
    const next = document.createElement('chat-room');
    Object.assign(next, { room: freshRoom(), server: before.server });
    next.addEventListener('state-change', ({ state }) => state === 'joined' && states.push('new joined'));
    before.replaceWith(next);
    await eventually('the new one is in', () => states.includes('new joined'));
    expect(states).to.deep.equal(['old idle', 'new joined']);
    next.remove();
    await chatReaches(next, 'idle');
  });
});

describe('a list whose element is replaced', () => {
  it('is silent and empty, and is live again when it is put in again', async () => {
    const before = await createList();
    const next = document.createElement('room-list');
    next.server = before.server;
    before.replaceWith(next);
    const silence = listen(before, 'rooms-change', 'call-error', 'token-expire');
    const room = freshRoom();
    (await guest('Somebody')).join(room);
    const lists = (list: typeof next): boolean => list.rooms.some(({ name }) => name === room);
    await eventually('the new list has the room', () => lists(next));
    expect(before.rooms).to.deep.equal([]);
    await graceIsOver();
    expect(silence).to.deep.equal([]);
    next.after(before);
    await eventually('the old list is live again', () => lists(before));
  });
});

describe('what an element hands out', () => {
  it('is the same object while nothing changes', async () => {
    const call = await createCall();
    const chat = await createChat();
    const list = await createList();
    const named = { participants: call, waiting: call, messages: chat, rooms: list };
    for (const [name, element] of [...Object.entries(named), ['participants', chat] as const]) {
      const read = element as unknown as Record<string, unknown>;
      expect(read[name], `${element.localName}.${name}`).to.equal(read[name]);
    }
    call.room = chat.room = freshRoom();
    await Promise.all([call.join(), chatReaches(chat, 'joined')]);
    for (const element of [call, chat]) expect(element.participants).to.equal(element.participants);
    expect(call.waiting).to.equal(call.waiting);
  });
});
