import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import {
  clearHouse,
  createChat,
  freshRoom,
  joinedChat,
  partOf,
  partsOf,
  reaches,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { callApp } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

const { axe } = window as unknown as { axe: typeof axeCore };

afterEach(async () => {
  document.documentElement.removeAttribute('style');
  document.body.removeAttribute('style');
  for (const sheet of document.querySelectorAll('style[data-test]')) sheet.remove();
  await clearHouse();
});

/** The violations of accessibility that axe finds, in the light and in the dark scheme. */
async function violations(element: Element): Promise<string[]> {
  const found: string[] = [];
  for (const scheme of ['light', 'dark']) {
    document.documentElement.style.colorScheme = scheme;
    await Promise.allSettled(element.shadowRoot!.getAnimations().map(({ finished }) => finished));
    const results = await axe.run(element, { rules: { 'target-size': { enabled: true } } });
    found.push(
      ...results.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${scheme} ${id} ${JSON.stringify(target)} ${failureSummary}`),
      ),
    );
  }
  return found;
}

describe('axe finds nothing', () => {
  it('in no room, in an empty one, and where it failed', async () => {
    const chat = await createChat();
    expect(await violations(chat)).to.deep.equal([]);
    chat.room = freshRoom();
    await reaches(chat, 'joined');
    await chat.updateComplete;
    expect(await violations(chat)).to.deep.equal([]);
    chat.room = 'a\u0000b';
    await reaches(chat, 'failed');
    await chat.updateComplete;
    expect(await violations(chat)).to.deep.equal([]);
  }).timeout(30_000);

  it('while one edits a message and is asked whether another is to go', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    await session.sendMessage('hers');
    await chat.sendMessage('mine');
    const id = chat.messages.find(({ text }) => text === 'mine')!.id;
    await chat.editMessage(id, 'mine indeed');
    const own = await rowOf(chat, 'mine indeed');
    own.querySelector<HTMLElement>('[part~="edit-button"]')!.focus();
    await chat.updateComplete;
    expect(await violations(chat)).to.deep.equal([]);
    own.querySelector<HTMLElement>('[part~="edit-button"]')!.click();
    await chat.updateComplete;
    expect(partsOf(chat, 'edit-input')).to.have.length(1);
    expect(await violations(chat)).to.deep.equal([]);
    (await rowOf(chat, 'hers')).querySelector<HTMLElement>('[part~="delete-button"]')!.click();
    await chat.updateComplete;
    expect(partsOf(chat, 'delete-confirm-button')).to.have.length(1);
    expect(await violations(chat)).to.deep.equal([]);
  }).timeout(30_000);

  it('in a conversation of all kinds', async () => {
    const chat = await joinedChat();
    // Many participants, because each has a colour.
    for (const name of ['Mina', 'Jun', 'Aurelio', '김민지', 'ليلى', 'Ada', 'Bo', 'Chi']) {
      const { session } = await visitor(chat, name);
      await session.sendMessage(`${name} says https://example.com`);
      if (name === 'Jun') await session.sendMessage('and again');
    }
    const { id, client, session } = await visitor(chat, 'Gone');
    await session.sendMessage('a word to you', { to: chat.participants.find(({ isSelf }) => isSelf)!.id });
    await chat.sendMessage('and back', { to: id });
    client.leave(session);
    await eventually('gone', () => chat.participants.length === 9);
    await chat.sendMessage('too late', { to: id }).catch(() => undefined);
    await callApp('announce', ['Hear, hear', { room: chat.room }]);
    await rowOf(chat, 'Hear');
    chat.style.blockSize = '2000px';
    expect(await violations(chat)).to.deep.equal([]);
    partOf(chat, 'participants-button').click();
    partOf(chat, 'name').click();
    await chat.updateComplete;
    expect(await violations(chat)).to.deep.equal([]);
    partOf(chat, 'participant').parentElement!.nextElementSibling!.querySelector('button')!.click();
    const input = partOf(chat, 'input') as HTMLTextAreaElement;
    input.value = 'x'.repeat(4_001);
    input.dispatchEvent(new Event('input'));
    partOf(chat, 'send-button').click();
    await chat.updateComplete;
    expect(await violations(chat)).to.deep.equal([]);
  }).timeout(60_000);
});

describe('a page', () => {
  it('styles every part from outside', async () => {
    const chat = await joinedChat();
    const parts = [
      'base',
      'log',
      'message',
      'message-self',
      'message-private',
      'notice',
      'author',
      'time',
      'body',
      'composer',
      'input',
      'send-button',
      'header',
      'room',
      'roster',
      'name',
      'recipient',
      'announcement',
    ];
    const sheet = document.createElement('style');
    sheet.dataset.test = '';
    sheet.textContent = parts
      .map((part) => `chat-room::part(${part}) { --test-${part}: yes; outline: 3px solid rgb(1, 2, 3) !important }`)
      .join('\n');
    document.head.append(sheet);
    const { id, session } = await visitor(chat, 'Mina');
    await session.sendMessage('hello');
    await chat.sendMessage('dear', { to: id });
    await callApp('announce', ['Hear', { room: chat.room }]);
    await rowOf(chat, 'Hear');
    for (const part of parts) {
      expect(partsOf(chat, part).length, part).to.be.greaterThan(0);
      for (const element of partsOf(chat, part)) {
        expect(getComputedStyle(element).getPropertyValue(`--test-${part}`), part).to.equal('yes');
        expect(getComputedStyle(element).outlineColor, part).to.equal('rgb(1, 2, 3)');
      }
    }
  });

  it('colours it by custom properties on any ancestor', async () => {
    const box = document.createElement('div');
    document.body.append(box);
    box.style.cssText =
      '--sarangbang-accent: rgb(10, 20, 30); --sarangbang-surface: rgb(250, 249, 248); --sarangbang-font-size: 20px';
    const chat = await joinedChat({ parent: box });
    expect(getComputedStyle(partOf(chat, 'send-button')).backgroundColor).to.equal('rgb(10, 20, 30)');
    expect(getComputedStyle(partOf(chat, 'base')).backgroundColor).to.equal('rgb(250, 249, 248)');
    expect(getComputedStyle(partOf(chat, 'base')).fontSize).to.equal('20px');
    chat.remove();
    box.remove();
  });

  it('says how large it is: a given height is filled, without one it has one', async () => {
    const chat = await joinedChat();
    const base = partOf(chat, 'base');
    expect(base.offsetHeight).to.equal(480);
    const { session } = await visitor(chat, 'Mina');
    for (let index = 0; index < 20; index++) await session.sendMessage(`line ${index}`);
    await rowOf(chat, 'line 19');
    expect(base.offsetHeight).to.equal(480);
    chat.style.blockSize = '';
    expect(base.offsetHeight).to.be.within(380, 560);
    for (const width of [260, 390, 900]) {
      chat.style.inlineSize = `${width}px`;
      expect(base.scrollWidth, `${width} px`).to.be.at.most(width);
      for (const element of chat.shadowRoot!.querySelectorAll<HTMLElement>('button, input, select, textarea')) {
        if (element.offsetParent)
          expect(Math.min(element.offsetHeight, element.offsetWidth), element.className).to.be.at.least(40);
      }
    }
  });

  it('fills its slot while nothing has been said', async () => {
    const chat = await createChat();
    chat.innerHTML = '<p slot="empty">Say hello</p>';
    const content = chat.firstElementChild as HTMLElement;
    expect(content.checkVisibility()).to.equal(false);
    chat.room = freshRoom();
    await reaches(chat, 'joined');
    await chat.updateComplete;
    expect(content.checkVisibility()).to.equal(true);
    await chat.sendMessage('hello');
    await chat.updateComplete;
    expect(content.checkVisibility()).to.equal(false);
  });
});
