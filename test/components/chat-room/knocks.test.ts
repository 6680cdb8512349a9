import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import '../../../components/video-call/index.ts';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import { connect, type RoomSession } from '../../../components/client/index.ts';
import { removeCalls } from '../../support/browser/calls.ts';
import {
  clearHouse,
  createChat,
  guest,
  joinedChat,
  listen,
  partOf,
  partsOf,
  reaches,
} from '../../support/browser/chats.ts';
import { serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

const { axe } = window as unknown as { axe: typeof axeCore };

afterEach(async () => {
  document.documentElement.removeAttribute('style');
  await removeCalls();
  await clearHouse();
});

/** A chat that is alone in its room and so moderates it. The room is locked. */
async function lockedChat(attributes: Record<string, string> = {}): Promise<ChatRoom> {
  const chat = await joinedChat({ attributes });
  const own = connect({ server: await serverUrl() });
  await own.join(chat.room).moderate('room:lock', { locked: true });
  own.close();
  return chat;
}

/** The session of a person who knocks at the room of `chat`. */
async function knocker(chat: ChatRoom, name: string): Promise<RoomSession> {
  const session = (await guest(name)).join(chat.room);
  await eventually(`${name} knocks`, () => session.store.get().state === 'knocking');
  return session;
}

/** A chat alone does not knock by itself. */
async function askToJoin(chat: ChatRoom): Promise<void> {
  await reaches(chat, 'locked');
  await chat.updateComplete;
  partOf(chat, 'join-button').click();
  await reaches(chat, 'knocking');
}

const listOf = (chat: ChatRoom): ShadowRoot | undefined =>
  chat.shadowRoot!.querySelector('sarangbang-knock-list')?.shadowRoot ?? undefined;
const sentencesOf = (chat: ChatRoom): string[] =>
  [...(listOf(chat)?.querySelectorAll('.who') ?? [])].map(({ textContent }) =>
    textContent.replaceAll(/[\u2068\u2069]/g, ''),
  );
const shows = (chat: ChatRoom, ...sentences: string[]): Promise<boolean> =>
  eventually(`shown: ${sentences.join()}`, () => sentencesOf(chat).join() === sentences.join());
const stateOf = (session: RoomSession): string => session.store.get().state;

describe('a person who knocks, in a chat without a call', () => {
  it('is in sight and read out, is let in or refused, and the keyboard goes on', async () => {
    const chat = await lockedChat();
    expect(listOf(chat), 'nothing before somebody knocks').to.equal(undefined);
    const status = chat.shadowRoot!.querySelector('.visually-hidden[role="status"]')!;
    const [mina, jun] = [await knocker(chat, 'Mina'), await knocker(chat, 'Jun')];
    await shows(chat, 'Mina wants to join', 'Jun wants to join');
    expect(status.textContent).to.contain('Jun');
    const button = (name: string): HTMLElement => listOf(chat)!.querySelector<HTMLElement>(`[aria-label="${name}"]`)!;
    button('Let in Jun').focus();
    // A second press while the first request is unanswered has no effect.
    button('Let in Jun').click();
    button('Let in Jun').click();
    await eventually('Jun is in', () => stateOf(jun) === 'joined');
    await shows(chat, 'Mina wants to join');
    await eventually(
      'the keyboard is at the next one',
      () => listOf(chat)!.activeElement?.getAttribute('aria-label') === 'Let in Mina',
    );
    button('Deny Mina').focus();
    button('Deny Mina').click();
    await eventually('Mina is refused', () => stateOf(mina) === 'failed');
    await eventually('nothing is left of it', () => !listOf(chat) && status.textContent === '');
    await eventually(
      'the keyboard is in the field for a message',
      () => chat.shadowRoot!.activeElement === partOf(chat, 'input'),
    );
  });

  it('goes when the knock is cancelled; the chat says so, and knocks again', async () => {
    const chat = await lockedChat({ lang: 'ko' });
    const server = (await serverUrl()).replace('127.0.0.1', 'localhost');
    const other = await createChat({ attributes: { room: chat.room, 'display-name': 'Mina' } });
    await reaches(other, 'joined');
    other.server = server;
    await askToJoin(other);
    await shows(chat, 'Mina 님이 입장을 요청합니다');
    await other.updateComplete;
    const errors = listen(other, 'call-error');
    partOf(other, 'cancel-button').click();
    await reaches(other, 'left');
    await other.updateComplete;
    expect(other.shadowRoot!.textContent)
      .to.contain('You cancelled your request to join.')
      .and.not.to.contain('left the room');
    expect(partOf(other, 'join-button').textContent).to.equal('Ask again');
    expect(errors).to.deep.equal([]);
    await eventually('nobody knocks', () => !listOf(chat));
    partOf(other, 'join-button').click();
    await reaches(other, 'knocking');
    await shows(chat, 'Mina 님이 입장을 요청합니다');
  });

  it('is the call’s while one is in it, and comes back here after it', async () => {
    const chat = await lockedChat();
    await knocker(chat, 'Mina');
    await shows(chat, 'Mina wants to join');
    const call = document.createElement('video-call');
    call.server = await serverUrl();
    call.room = chat.room;
    call.muted = call.cameraOff = true;
    document.body.append(call);
    await eventually('before the call', () => call.state === 'prejoin');
    await shows(chat, 'Mina wants to join');
    await call.join();
    await eventually('in sight there', () =>
      call
        .shadowRoot!.querySelector('sarangbang-moderation')
        ?.shadowRoot?.querySelector('.knocks:not([hidden]) .primary'),
    );
    await eventually('and there alone', () => !listOf(chat));
    await call.leave();
    await shows(chat, 'Mina wants to join');
  });

  it('is nobody’s business who does not moderate', async () => {
    const chat = await lockedChat();
    const server = (await serverUrl()).replace('127.0.0.1', 'localhost');
    await knocker(chat, 'Mina');
    await shows(chat, 'Mina wants to join');
    const other = await createChat({ attributes: { room: chat.room } });
    other.server = server;
    await askToJoin(other);
    await eventually('two knock', () => sentencesOf(chat).length === 2);
    listOf(chat)!.querySelectorAll<HTMLElement>('[part="admit-button"]')[1]!.click();
    await reaches(other, 'joined');
    await other.updateComplete;
    expect(partsOf(other, 'waiting')).to.have.length(0);
    expect(listOf(other)).to.equal(undefined);
    await shows(chat, 'Mina wants to join');
  });

  it('axe finds nothing, light, dark, narrow and from right to left', async () => {
    for (const [lang, dir] of [
      ['en', 'ltr'],
      ['ko', 'ltr'],
      ['ar', 'rtl'],
    ]) {
      const chat = await lockedChat({ lang: lang!, dir: dir! });
      for (const name of ['Mina', 'ليلى', 'X'.repeat(64)]) await knocker(chat, name);
      await eventually('three knock', () => sentencesOf(chat).length === 3);
      for (const [scheme, width] of [
        ['light', '480px'],
        ['dark', '280px'],
      ]) {
        document.documentElement.style.colorScheme = scheme!;
        chat.style.inlineSize = width!;
        await Promise.allSettled(
          [chat.shadowRoot!, listOf(chat)!].flatMap((root) => root.getAnimations()).map(({ finished }) => finished),
        );
        const { violations } = await axe.run(chat, { rules: { 'target-size': { enabled: true } } });
        expect(
          violations.flatMap(({ id, nodes }) => nodes.map(({ failureSummary }) => `${id} ${failureSummary}`)),
          `${lang} ${scheme}`,
        ).to.deep.equal([]);
        const host = chat.shadowRoot!.querySelector('sarangbang-knock-list')!;
        expect(host.scrollWidth, 'nothing stands out').to.be.at.most(host.clientWidth);
      }
      chat.remove();
    }
  }).timeout(40_000);

  it('every part can be styled from the page', async () => {
    const chat = await lockedChat();
    await knocker(chat, 'Mina');
    await shows(chat, 'Mina wants to join');
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [sheet];
    const parts = ['knock', 'knock-text', 'admit-button', 'refuse-button'].map((part) => {
      return [part, listOf(chat)!.querySelector(`[part="${part}"]`)!] as const;
    });
    for (const [part, element] of [...parts, ['waiting', listOf(chat)!.host] as const]) {
      sheet.replaceSync(`chat-room::part(${part}) { text-decoration-color: rgb(1, 2, 3); }`);
      expect(getComputedStyle(element).textDecorationColor, part).to.equal('rgb(1, 2, 3)');
    }
    document.adoptedStyleSheets = [];
  });
});
