/** What two pages tell each other directly: which page hears it, and what is taken from a hostile page. */
import { expect } from 'chai';
import { Application, type ApplicationMessage } from '../../../components/rtc/application.ts';
import { ApplicationChannel, parseApplicationMessage } from '../../../components/rtc/link/application-channel.ts';
import { parsePointer } from '../../../components/video-call/pointing/pointer-message.ts';
import { FakeCallRoom, type Member } from '../../support/rtc/fake-call-room.ts';
import { eventually, pass } from '../../support/waiting.ts';

let room: FakeCallRoom;
let ends: (() => void)[] = [];

beforeEach(() => {
  room = new FakeCallRoom();
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
  room.close();
});

/** The messages of topic `pointer` that a page hears. */
function listenAt({ call }: Member): {
  application: Application;
  heard: [from: string, message: ApplicationMessage][];
} {
  const application = new Application({ carried: () => call.carried });
  const heard: [string, ApplicationMessage][] = [];
  ends.push(application.on('pointer', ({ id }, message) => heard.push([id, message]) > 0));
  return { application, heard };
}

async function meet(...names: string[]): Promise<Member[]> {
  const members = await room.join(...names);
  const isConnected = ({ connections }: Member) =>
    connections.length === names.length - 1 && connections.every((one) => one.connectionState === 'connected');
  await eventually('links', () => members.every(isConnected));
  return members;
}

const AT = { topic: 'pointer', x: 0.25, y: 0.5 };

/** The channel that a page without our code makes. */
async function openRaw({ connections }: Member): Promise<{ channel: RTCDataChannel; heard: ApplicationMessage[] }> {
  const options = { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 };
  const channel = connections[0]!.createDataChannel('application', options);
  const heard: ApplicationMessage[] = [];
  channel.addEventListener('message', ({ data }) => heard.push(JSON.parse(data as string) as ApplicationMessage));
  await eventually('the open channel', () => channel.readyState === 'open');
  return { channel, heard };
}

/** An end whose time and messages the test makes. */
function standIn() {
  let now = 0;
  const fields = { readyState: 'open', bufferedAmount: 0, send: () => undefined };
  const channel = Object.assign(new EventTarget(), fields, {
    close: () => void (channel.readyState = 'closed'),
  }) as EventTarget & { readyState: string };
  const application = new ApplicationChannel(
    { createChannel: () => channel as RTCDataChannel },
    { now: () => now, knows: (topic) => topic === 'pointer', onMessage: () => true },
  );
  return {
    channel,
    application,
    beat: () => application.handleBeat(),
    wait: (ms: number) => void (now += ms),
    say: (count: number, message: object = AT) => {
      const data = JSON.stringify(message);
      for (let at = 0; at < count; at++) channel.dispatchEvent(new MessageEvent('message', { data }));
    },
  };
}

interface Channel {
  state: string;
  sent: number;
  received: number;
}

/** The data channels of a connection and their messages, by label. */
async function messagesOf(connection: RTCPeerConnection): Promise<Record<string, Channel>> {
  const found: Record<string, Channel> = {};
  for (const one of (await connection.getStats()).values() as Iterable<Record<string, unknown>>)
    if (one.type === 'data-channel')
      found[String(one.label)] = {
        state: String(one.state),
        sent: Number(one.messagesSent),
        received: Number(one.messagesReceived),
      };
  return found;
}

describe('the application channel', () => {
  it('tells everybody in the call, with the sender, and nothing passes the server', async () => {
    const members = await meet('kim', 'lee', 'mo');
    const [kim, lee, mo] = members.map(listenAt) as [ReturnType<typeof listenAt>, ...ReturnType<typeof listenAt>[]];
    const before = room.passed.length;
    await eventually('both hear it', () => {
      kim.application.send(AT);
      return lee!.heard.length > 0 && mo!.heard.length > 0;
    });
    expect(lee!.heard[0]).to.deep.equal(['kim', AT]);
    expect(kim.heard, 'nobody hears oneself').to.deep.equal([]);
    expect(room.passed.length).to.equal(before);
  });

  it('reaches a page that makes its channel later, and one whose link was made again', async () => {
    const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
    const first = listenAt(kim);
    await pass(300);
    const second = listenAt(lee);
    await eventually('the first message', () => {
      first.application.send(AT);
      return second.heard.length > 0;
    });
    lee.call.leave();
    await lee.call.join();
    const count = second.heard.length;
    await eventually('a message over the new link', () => {
      first.application.send(AT);
      return second.heard.length > count;
    });
  });

  it('sends an older page nothing but a few greetings, and leaves its channel and connection alone', async () => {
    const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
    const { negotiations } = kim;
    const { application } = listenAt(kim);
    const connection = kim.connections[0]!;
    await eventually('a greeting', async () => (await messagesOf(connection)).application?.sent);
    for (let count = 0; count < 50; count++) application.send(AT);
    const before = (await messagesOf(lee.connections[0]!)).link!.received;
    // Travels over the link's own channel.
    kim.call.setLocal({ tracks: [], stream: null, screenStream: null });
    await eventually('the old channel', async () => (await messagesOf(lee.connections[0]!)).link!.received > before);
    expect((await messagesOf(connection)).application!.sent).to.be.within(1, 5);
    expect((await messagesOf(lee.connections[0]!)).application).to.equal(undefined);
    // Chromium’s `sctp.state` can stay at `connecting` while channels work.
    for (const { connections } of [kim, lee]) {
      expect(connections[0]!.connectionState).to.equal('connected');
      expect((await messagesOf(connections[0]!)).link!.state).to.equal('open');
    }
    expect(kim.negotiations, 'nothing is negotiated').to.equal(negotiations);
  });

  it('answers a greeting once, and does not speak before it has heard one', async () => {
    const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
    const { application } = listenAt(kim);
    const { channel, heard } = await openRaw(lee);
    application.send(AT);
    await pass(100);
    expect(heard.every(({ topic }) => topic === 'hello')).to.equal(true);
    channel.send(JSON.stringify({ topic: 'hello' }));
    await eventually('the answer', () => heard.some((message) => message.heard === true));
    application.send(AT);
    await eventually('the message', () => heard.some(({ topic }) => topic === 'pointer'));
    for (let count = 0; count < 20; count++) channel.send(JSON.stringify({ topic: 'hello' }));
    await pass(100);
    expect(heard.filter((message) => message.heard === true)).to.have.length(1);
  });
});

const WRONG_NUMBERS: readonly unknown[] = [
  undefined,
  null,
  '0.5',
  '',
  true,
  -0.01,
  1.01,
  1e308,
  -1e308,
  [],
  [0.5],
  {},
  { valueOf: 1 },
];
const WRONG_STROKES: readonly unknown[] = [null, 0, 1, 'true', [], {}];
const WRONG_SCREENS: readonly unknown[] = [0, 1, true, false, [], ['kim'], {}];
const WRONG_TOPICS = [
  undefined,
  null,
  0,
  true,
  [],
  ['pointer'],
  {},
  '',
  ' pointer',
  'Pointer',
  'pointer\n',
  'a'.repeat(33),
];

/** Texts that are no pointer, of all kinds. */
function hostileTexts(): string[] {
  const fields: Record<string, unknown>[] = [];
  for (const wrong of WRONG_NUMBERS) {
    for (const right of [0, 0.5, 1, ...WRONG_NUMBERS]) fields.push({ x: wrong, y: right }, { x: right, y: wrong });
  }
  for (const stroke of WRONG_STROKES) fields.push({ x: 0.5, y: 0.5, stroke });
  for (const screen of WRONG_SCREENS) fields.push({ x: 0.5, y: 0.5, screen });
  const objects = [
    ...fields.map((one) => ({ topic: 'pointer', ...one })),
    ...WRONG_TOPICS.map((topic) => ({ topic, x: 0.5, y: 0.5 })),
    ...['toString', 'constructor', 'hasOwnProperty', 'unknown'].map((topic) => ({ topic, x: 0.5, y: 0.5 })),
    { ...AT, padding: 'x'.repeat(1_024) },
    { ...AT, padding: '가'.repeat(400) },
  ];
  const texts = objects.map((one) => JSON.stringify(one));
  const whole = JSON.stringify(AT);
  // Every text that is cut off, and every text with a character too many.
  for (let end = 0; end < whole.length; end++) texts.push(whole.slice(0, end));
  for (let at = 0; at < whole.length; at++) texts.push(`${whole.slice(0, at)}}${whole.slice(at)}`);
  for (const one of [
    'null',
    '0',
    '"pointer"',
    '[]',
    '[{"topic":"pointer","x":0,"y":0}]',
    '{"__proto__":{"topic":"pointer"}}',
  ])
    texts.push(one, `[${one}]`);
  for (const depth of [10, 100, 500]) texts.push('['.repeat(depth), `${'['.repeat(depth)}${']'.repeat(depth)}`);
  for (let count = 0; texts.length < 1_000; count++)
    texts.push(JSON.stringify({ topic: 'pointer', x: 1 + (count + 1) / 7, y: -count, stroke: count % 3 }));
  return texts;
}

describe('hostile messages', () => {
  it('of a thousand kinds are no pointers, while the right ones are', () => {
    const texts = hostileTexts();
    expect(texts.length).to.be.at.least(1_000);
    const taken = texts.filter((text) => {
      const message = parseApplicationMessage(text);
      return message?.topic === 'pointer' && parsePointer(message);
    });
    expect(taken).to.deep.equal([]);
    for (const data of [new ArrayBuffer(8), new Blob(['{}']), null, undefined, 5])
      expect(parseApplicationMessage(data)).to.equal(null);
    const fits = JSON.stringify({ ...AT, padding: 'x'.repeat(900) });
    expect(parsePointer(parseApplicationMessage(fits)!)).to.deep.equal({
      x: 0.25,
      y: 0.5,
      stroke: false,
      screen: null,
    });
  });

  it('that waited while the page was busy cost nothing, and as many at once do', async () => {
    const flood = async (busyMs: number): Promise<RTCDataChannel> => {
      room.close();
      room = new FakeCallRoom();
      const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
      listenAt(kim);
      const { channel, heard } = await openRaw(lee);
      await eventually('the greeting', () => heard.length > 0);
      // Some beats.
      await pass(600);
      for (let count = 0; count < 150; count++) channel.send(JSON.stringify(AT));
      const endsAt = performance.now() + busyMs;
      while (performance.now() < endsAt);
      await pass(300);
      return channel;
    };
    expect((await flood(3_500)).readyState).to.equal('open');
    const spammed = await flood(0);
    await eventually('the end of the channel', () => spammed.readyState === 'closed');
  });

  for (const first of ['the beat', 'a message'] as const)
    it(`that waited while the page was busy are allowed, whether ${first} comes first afterwards`, () => {
      // The order in which a browser catches up cannot be chosen, so this end has a stand-in for its link.
      const { channel, beat, say, wait } = standIn();
      for (let count = 0; count < 8; count++) beat();
      wait(3_500);
      if (first === 'the beat') beat();
      say(1);
      beat();
      say(139);
      beat();
      expect(channel.readyState).to.equal('open');
      for (let count = 0; count < 8; count++) {
        wait(250);
        beat();
      }
      say(200);
      expect(channel.readyState, 'nothing is left of it later').to.equal('closed');
    });

  it('are not saved up while a page is hidden, or while nobody listens', () => {
    for (const rest of ['hidden', 'paused'] as const) {
      const { channel, application, beat, say, wait } = standIn();
      beat();
      if (rest === 'paused') application.handlePause();
      for (let second = 0; second < 600; second++) {
        wait(1_020);
        if (rest === 'hidden') beat();
      }
      say(200, { topic: 'hello' });
      expect(channel.readyState, rest).to.equal('closed');
    }
  });

  it('are dropped at the page, at most 30 a second of a topic are taken, and the link lives', async () => {
    const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
    const { heard } = listenAt(kim);
    const { channel } = await openRaw(lee);
    const errors: unknown[] = [];
    const onError = (event: ErrorEvent): unknown => errors.push(event.error);
    window.addEventListener('error', onError);
    channel.send(new ArrayBuffer(60_000));
    for (const text of hostileTexts().slice(0, 10)) channel.send(text);
    // More than a second's allowance at once.
    for (let count = 0; count < 55; count++) channel.send(JSON.stringify({ ...AT, count }));
    await eventually('some', () => heard.length >= 10);
    await pass(200);
    expect(heard.length).to.be.at.most(36);
    window.removeEventListener('error', onError);
    expect(errors).to.deep.equal([]);
    expect([channel.readyState, lee.connections[0]!.connectionState]).to.deep.equal(['open', 'connected']);
  });

  it('cost the sender the channel, also a few at a time', async () => {
    const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
    const application = new Application({ carried: () => kim.call.carried });
    ends.push(application.on('pointer', (_from, message) => parsePointer(message) !== null));
    const { channel } = await openRaw(lee);
    const say = (message: object): void => {
      if (channel.readyState === 'open') channel.send(JSON.stringify(message));
    };
    const timer = setInterval(() => [{ ...AT, x: 2 }, { ...AT, x: '' }, {}].forEach(say), 50);
    ends.push(() => clearInterval(timer));
    await eventually('the end of the channel', () => channel.readyState === 'closed');
    expect(kim.connections.map(({ connectionState }) => connectionState)).to.deep.equal(['connected']);
  });

  it('in a flood cost the sender the channel, and nobody the link', async () => {
    const [kim, lee] = (await meet('kim', 'lee')) as [Member, Member];
    const { heard } = listenAt(kim);
    const { channel } = await openRaw(lee);
    for (let count = 0; count < 2_000; count++) channel.send('{}');
    await eventually('the end of the channel', () => channel.readyState === 'closed');
    await pass(500);
    expect(heard).to.deep.equal([]);
    expect(kim.connections.map(({ connectionState }) => connectionState)).to.deep.equal(['connected']);
    expect((await messagesOf(kim.connections[0]!)).link!.state).to.equal('open');
  });
});
