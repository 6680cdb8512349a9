import { expect } from 'chai';
import { splitText } from '../../../components/chat-room/log/message-text.ts';
import {
  clearHouse,
  codeOf,
  joinedChat,
  listen,
  partOf,
  partsOf,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { callApp } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

const linksOf = (text: string): string[] =>
  splitText(text).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.href]));

describe('a text', () => {
  it('is text: markup, emoji and controls in it are nothing else', async () => {
    const chat = await joinedChat();
    const texts = [
      '<img src=x onerror="globalThis.ran = true">',
      '<script>globalThis.ran = true</script>',
      '${globalThis.ran}',
      '&amp; &lt;',
      '👩‍👩‍👧‍👦 \u202e gnol \u2066',
      'العربية <b>b</b>',
    ];
    const { session } = await visitor(chat, '<b onclick="1">Mina</b> \u202e');
    for (const text of texts) await session.sendMessage(text);
    for (const text of texts) {
      const row = await rowOf(chat, text);
      const body = row.querySelector('[part~="body"]')!;
      expect(body.textContent).to.equal(text);
      expect(body.children).to.have.length(0);
      expect(row.querySelector('[part~="author"]')!.children).to.have.length(0);
      expect(body.getAttribute('dir')).to.equal('auto');
    }
    expect((globalThis as { ran?: boolean }).ran).to.equal(undefined);
    expect(chat.shadowRoot!.querySelectorAll('script, img, b')).to.have.length(0);
    expect(partOf(chat, 'roster').textContent).to.contain('<b onclick="1">Mina</b>');
  });

  it('has links of safe addresses only', () => {
    expect(linksOf('see https://example.com/a?b=c#d, or http://localhost:3000.')).to.deep.equal([
      'https://example.com/a?b=c#d',
      'http://localhost:3000/',
    ]);
    expect(linksOf('(https://en.wikipedia.org/wiki/Hanok_(house))')).to.deep.equal([
      'https://en.wikipedia.org/wiki/Hanok_(house)',
    ]);
    expect(linksOf('mailto:kim@example.com')).to.deep.equal(['mailto:kim@example.com']);
    for (const text of [
      'javascript:alert(1)',
      'JaVaScRiPt://x%0aalert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      'file:///etc/passwd',
      'https://bank.example@evil.example/',
      'https://user:pass@evil.example',
      'https://',
      'http://[',
      'mailto:',
      'xhttps://example.com',
      'https://\u202emoc.live',
    ]) {
      expect(linksOf(text), text).to.deep.equal([]);
    }
    expect(linksOf('https://example.com/"onmouseover=alert(1)')).to.deep.equal(['https://example.com/']);
  });

  it('comes out of its pieces as it went in', () => {
    for (const text of [
      '',
      'a',
      'https://example.com',
      ' x https://example.com/) y\nmailto:a@b.c.',
      'http://http://',
    ]) {
      expect(
        splitText(text)
          .map((piece) => (typeof piece === 'string' ? piece : piece.text))
          .join(''),
      ).to.equal(text);
    }
  });

  it('opens its links elsewhere, telling them nothing', async () => {
    const chat = await joinedChat();
    await chat.sendMessage('to https://example.com/x and javascript:alert(1)');
    const row = await rowOf(chat, 'to https');
    const links = [...row.querySelectorAll('a')];
    expect(links.map(({ href, target, rel }) => ({ href, target, rel }))).to.deep.equal([
      { href: 'https://example.com/x', target: '_blank', rel: 'noopener noreferrer' },
    ]);
  });
});

describe('a message', () => {
  it('is pending at once and sent when the server has it', async () => {
    const chat = await joinedChat();
    const sending = chat.sendMessage('first');
    expect(chat.messages.at(-1)).to.include({ text: 'first', state: 'pending', isSelf: true, kind: 'text' });
    await chat.updateComplete;
    expect((await rowOf(chat, 'first')).textContent).to.contain('Sending');
    const message = await sending;
    expect(message).to.include({ text: 'first', state: 'sent', isSelf: true });
    expect(message.at).to.be.instanceOf(Date);
    expect(message.id).not.to.equal(message.clientId);
    await chat.updateComplete;
    const row = await rowOf(chat, 'first');
    expect(row.textContent).not.to.contain('Sending');
    expect([...row.part]).to.include.members(['message', 'message-self']);
    expect(partsOf(chat, 'message')).to.have.length(1);
  });

  it('keeps its row when it becomes sent', async () => {
    const chat = await joinedChat();
    const sending = chat.sendMessage('stays');
    await chat.updateComplete;
    const row = await rowOf(chat, 'stays');
    await sending;
    await chat.updateComplete;
    expect(await rowOf(chat, 'stays')).to.equal(row);
  });

  it('fails where its receiver is gone, and one press sends it again, once', async () => {
    const chat = await joinedChat();
    const { id, client, session } = await visitor(chat, 'Jun');
    client.leave(session);
    await eventually('Jun is gone', () => chat.participants.length === 1);
    expect(await codeOf(chat.sendMessage('still there?', { to: id }))).to.equal('participant-gone');
    await chat.updateComplete;
    const row = await rowOf(chat, 'still there?');
    expect([...row.part]).to.include.members(['message-self', 'message-private']);
    expect(row.textContent).to.contain('Not sent').and.to.contain('Private, to').and.to.contain('Jun');
    expect(chat.messages.find(({ text }) => text === 'still there?')).to.include({ state: 'failed', to: id });

    const again = client.join(chat.room);
    await eventually('Jun is back', () => chat.participants.some((participant) => participant.id === id));
    await chat.updateComplete;
    partOf(chat, 'retry-button').click();
    await eventually('it is sent', () =>
      chat.messages.some(({ text, state }) => text === 'still there?' && state === 'sent'),
    );
    await eventually('Jun has it', () => again.store.get().messages.some(({ text }) => text === 'still there?'));
    expect(again.store.get().messages.filter(({ text }) => text === 'still there?')).to.have.length(1);
    await chat.updateComplete;
    expect(partsOf(chat, 'retry-button')).to.have.length(0);
  });

  it('tells by call-error when a press was in vain', async () => {
    const chat = await joinedChat();
    const { id, client, session } = await visitor(chat, 'Jun');
    client.leave(session);
    await eventually('Jun is gone', () => chat.participants.length === 1);
    await codeOf(chat.sendMessage('hello?', { to: id }));
    await chat.updateComplete;
    const errors = listen(chat, 'call-error');
    partOf(chat, 'retry-button').click();
    await eventually('call-error', () => errors.length);
    expect(errors[0]).to.include({
      code: 'participant-gone',
      fatal: false,
      bubbles: false,
      message: 'This person has left. Choose someone else.',
    });
  });

  it('to one is seen by its two ends alone, and marked at both', async () => {
    const chat = await joinedChat();
    const mina = await visitor(chat, 'Mina');
    const jun = await visitor(chat, 'Jun');
    const self = chat.participants.find(({ isSelf }) => isSelf)!.id;
    await chat.sendMessage('for Mina', { to: mina.id });
    await mina.session.sendMessage('for you', { to: self });
    await mina.session.sendMessage('for all');
    await eventually('all is there', () => jun.session.store.get().messages.some(({ text }) => text === 'for all'));
    expect(jun.session.store.get().messages.map(({ text }) => text))
      .not.to.include.members(['for Mina'])
      .and.not.to.include.members(['for you']);
    expect([...(await rowOf(chat, 'for Mina')).part]).to.include.members(['message-self', 'message-private']);
    const received = await rowOf(chat, 'for you');
    expect([...received.part])
      .to.include('message-private')
      .and.not.to.include('message-self');
    expect(received.textContent).to.contain('Private, to you');
    expect([...(await rowOf(chat, 'for all')).part]).not.to.include('message-private');
  });

  it('stands with those of the same author just before, and bears author and time all the same', async () => {
    const chat = await joinedChat();
    const { id, session } = await visitor(chat, 'Mina');
    for (const text of ['one', 'two', 'three']) await session.sendMessage(text);
    await chat.sendMessage('mine');
    await session.sendMessage('four');
    const grouped = async (text: string) => (await rowOf(chat, text)).classList.contains('grouped');
    expect([
      await grouped('one'),
      await grouped('two'),
      await grouped('three'),
      await grouped('mine'),
      await grouped('four'),
    ]).to.deep.equal([false, true, true, false, false]);
    for (const text of ['one', 'two', 'four']) {
      const row = await rowOf(chat, text);
      expect(row.querySelector('[part~="author"]')!.textContent).to.equal('Mina');
      expect(row.querySelector<HTMLTimeElement>('[part~="time"]')!.dateTime).to.match(/^\d{4}-.*Z$/);
    }
    expect(chat.messages.find(({ text }) => text === 'one')!.from).to.deep.equal({ id, displayName: 'Mina' });
  });

  it('of the operator and of coming and going are told apart', async () => {
    const chat = await joinedChat();
    const heard = listen(chat, 'message-receive');
    const { client, session } = await visitor(chat, 'Mina');
    await callApp('announce', ['Closing at ten.', { room: chat.room }]);
    const announcement = await rowOf(chat, 'Closing at ten.');
    client.leave(session);
    const left = await rowOf(chat, 'left');
    expect([...announcement.part]).to.deep.equal(['notice', 'announcement']);
    expect(left.textContent).to.match(/^\u2068Mina\u2069 left$/);
    expect((await rowOf(chat, 'joined')).textContent).to.match(/^\u2068Mina\u2069 joined$/);
    expect(heard.map((event) => (event as Event & { message: { kind: string } }).message.kind)).to.deep.equal([
      'notice',
      'announcement',
      'notice',
    ]);
    expect(heard.every(({ bubbles }) => !bubbles)).to.equal(true);
  });

  it('that was said before is there on entering, read out to nobody', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    for (let index = 0; index < 3; index++) await session.sendMessage(`said ${index}`);
    const { room } = chat;
    chat.room = '';
    await eventually('out', () => chat.state === 'idle');
    const heard = listen(chat, 'message-receive');
    // Observed, because a quarter of a second may be over before a busy machine looks.
    const busy: (string | null)[] = [];
    const observer = new MutationObserver(() => {
      if (partsOf(chat, 'message').length > 0) busy.push(partOf(chat, 'log').ariaBusy);
    });
    observer.observe(chat.shadowRoot!, { subtree: true, childList: true, attributeFilter: ['aria-busy'] });
    chat.room = room;
    await eventually(
      'the messages are there',
      () => chat.messages.filter(({ text }) => text.startsWith('said ')).length === 3,
    );
    await eventually('read out again', () => busy.at(-1) === 'false');
    observer.disconnect();
    expect(busy[0], 'when the messages appear').to.equal('true');
    expect(partOf(chat, 'log').ariaLive).to.equal('polite');
    expect(partOf(chat, 'log').getAttribute('role')).to.equal('log');
    expect(heard).to.have.length(0);
    expect(chat.unreadCount).to.equal(0);
  });
});
