import { expect } from 'chai';
import { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import { connect } from '../../../components/client/index.ts';
import {
  clearHouse,
  codeOf,
  createChat,
  freshRoom,
  joinedChat,
  listen,
  partOf,
  partsOf,
  reaches,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { callApp, serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

type Entry = { displayName: string; isSelf: boolean };

describe('a chat and its room', () => {
  it('is idle in no room, from the first moment on', async () => {
    const chat = document.createElement('chat-room');
    expect(chat).to.include({ state: 'idle', room: '', unreadCount: 0 });
    expect(chat.matches(':state(idle)')).to.equal(true);
    expect(chat.messages).to.deep.equal([]);
    expect(chat.participants).to.deep.equal([]);
    expect(await codeOf(chat.sendMessage('x'))).to.equal('not-in-room');
    expect(await codeOf(chat.retryMessage('x'))).to.equal('not-in-room');
  });

  it('goes idle, joining, joined, and tells so; changes and clears its room', async () => {
    const chat = await createChat();
    const states = listen(chat, 'state-change');
    chat.room = freshRoom();
    await reaches(chat, 'joined');
    await chat.updateComplete;
    expect(chat.matches(':state(joined)')).to.equal(true);
    const first = chat.room;
    const { session } = await visitor(chat, 'Mina');
    chat.room = freshRoom();
    await eventually('Mina is alone', () => session.store.get().participants.length === 1);
    await reaches(chat, 'joined');
    expect(chat.participants.map(({ isSelf }) => isSelf)).to.deep.equal([true]);
    expect(partOf(chat, 'room').textContent).to.equal(chat.room).and.not.to.equal(first);
    chat.room = '';
    await reaches(chat, 'idle');
    await chat.updateComplete;
    expect(chat.matches(':state(idle)')).to.equal(true);
    expect(partsOf(chat, 'composer')).to.have.length(0);
    expect(states.map((event) => (event as Event & { state: string }).state)).to.deep.equal([
      'joining',
      'joined',
      'joining',
      'joined',
      'idle',
    ]);
    expect(states.every(({ bubbles }) => !bubbles)).to.equal(true);
  });

  it('fails in words where the name is none, and recovers with a good one', async () => {
    for (const room of ['a\u202eb', 'x'.repeat(129), '\u0000']) {
      const chat = document.createElement('chat-room');
      chat.server = await serverUrl();
      const errors = listen(chat, 'call-error');
      chat.room = room;
      document.body.append(chat);
      await reaches(chat, 'failed');
      await chat.updateComplete;
      expect(errors[0]).to.include({ code: 'room-invalid', fatal: true, bubbles: false });
      expect(chat.shadowRoot!.textContent).to.contain('1 to 128');
      chat.room = '';
      await reaches(chat, 'idle');
      chat.room = freshRoom();
      await reaches(chat, 'joined');
      chat.remove();
    }
  });

  it('fires events when participants come, change and leave', async () => {
    const chat = await joinedChat();
    const events = listen(chat, 'participant-join', 'participant-change', 'participant-leave');
    const { client, session } = await visitor(chat, 'Mina');
    client.setDisplayName('Mina Park');
    await eventually('renamed', () => chat.participants.some(({ displayName }) => displayName === 'Mina Park'));
    expect(chat.participants[0]).to.include({ isSelf: true, inCall: false });
    await session.joinCall({ joinId: 'j', tracks: [], receivesVideo: true });
    await eventually('in the call', () => chat.participants[1]!.inCall);
    client.leave(session);
    await eventually('gone', () => chat.participants.length === 1);
    const told = events.map((event) => ({
      type: event.type,
      name: (event as Event & { participant: Entry }).participant.displayName,
    }));
    expect(told[0]).to.deep.equal({ type: 'participant-join', name: 'Mina' });
    expect(told.at(-1)).to.deep.equal({ type: 'participant-leave', name: 'Mina Park' });
    expect(told.slice(1, -1).every(({ type }) => type === 'participant-change')).to.equal(true);
  });

  it('is one participant with another element of the same room', async () => {
    const first = await joinedChat();
    const second = await createChat({ attributes: { room: ` ${first.room} ` } });
    await reaches(second, 'joined');
    const { session } = await visitor(first, 'Mina');
    expect(session.store.get().participants).to.have.length(2);
    expect(second.participants).to.have.length(2);
    await first.sendMessage('both show it');
    await rowOf(second, 'both show it');
    first.remove();
    await eventually('the first has let go', () => first.state === 'idle');
    expect(session.store.get().participants).to.have.length(2);
    expect(second.state).to.equal('joined');
  });

  it('keeps its session when it is moved in the document', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    const left: unknown[] = [];
    session.events.on('participant-left', (event) => left.push(event));
    const states = listen(chat, 'state-change');
    const box = document.createElement('div');
    document.body.prepend(box);
    box.append(chat);
    await chat.sendMessage('moved');
    await eventually('it is there', () => session.store.get().messages.some(({ text }) => text === 'moved'));
    box.replaceWith(chat);
    await chat.sendMessage('and back');
    expect(states).to.have.length(0);
    expect(left).to.have.length(0);
  });

  it('leaves when it is removed for good', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    chat.remove();
    await eventually('Mina is alone', () => session.store.get().participants.length === 1);
  });

  it('follows where the server moves it', async () => {
    const chat = await joinedChat();
    const changes = listen(chat, 'room-change');
    const [from, to] = [chat.room, freshRoom('moved')];
    await callApp('moveRoom', [from, to]);
    await eventually('moved', () => chat.room === to && chat.state === 'joined');
    expect(changes).to.have.length(1);
    expect(changes[0]).to.include({ room: to, reason: 'moved', bubbles: false });
  });

  it('takes what was set before it was an element, in any order', async () => {
    const element = document.createElement('late-chat') as ChatRoom;
    const room = freshRoom();
    element.room = room;
    element.displayName = 'Early Bird';
    document.body.append(element);
    element.setAttribute('server', await serverUrl());
    customElements.define('late-chat', class extends ChatRoom {});
    await reaches(element, 'joined');
    expect(element.participants).to.have.length(1);
    expect(element.participants[0]).to.include({ displayName: 'Early Bird', isSelf: true });
    expect(Object.hasOwn(element, 'room')).to.equal(false);
    element.remove();
    await reaches(element, 'idle');
  });
});

describe('a nickname', () => {
  it('is seen by all, may be changed in the element, and the last word wins', async () => {
    const chat = await joinedChat({ attributes: { 'display-name': 'Hana' } });
    const { id, session } = await visitor(chat, 'Mina');
    const nameAtMina = (): string =>
      session.store.get().participants.find((participant) => participant.id !== id)!.displayName;
    await eventually('Hana', () => nameAtMina() === 'Hana');
    partOf(chat, 'name').click();
    await chat.updateComplete;
    const input = partOf(chat, 'name-input') as HTMLInputElement;
    await eventually('the field is at hand', () => chat.shadowRoot!.activeElement === input);
    expect(input.value).to.equal('Hana');
    input.value = `  ${'😀'.repeat(70)} `;
    partOf(chat, 'name-save-button').click();
    await eventually('cut at 64', () => nameAtMina() === '😀'.repeat(64));
    expect(chat.displayName).to.equal('😀'.repeat(64));

    const second = await createChat({ attributes: { room: chat.room, 'display-name': 'Somebody' } });
    await eventually('the second one', () => nameAtMina() === 'Somebody');
    chat.displayName = 'First again';
    await eventually('the first one again', () => nameAtMina() === 'First again');
    await second.updateComplete;
    expect(partOf(second, 'name').textContent).to.contain('First again');
  });

  it('may be one of markup, equal to another, or in another direction', async () => {
    const chat = await joinedChat({ attributes: { 'display-name': '<i>همسر</i>' } });
    const { client, id } = await visitor(chat, 'x');
    client.setDisplayName('<i>همسر</i>');
    await eventually('equal', () => chat.participants.every(({ displayName }) => displayName === '<i>همسر</i>'));
    await chat.updateComplete;
    const recipient = partOf(chat, 'recipient') as HTMLSelectElement;
    // Everybody, an announcement to everybody (the chat's participant is the moderator), and the other participant.
    expect([...recipient.options].map(({ value }) => value)).to.deep.equal(['', 'an announcement', id]);
    expect(chat.shadowRoot!.querySelectorAll('i')).to.have.length(0);
  });
});

describe('message-send', () => {
  it('asks before each text, and a veto keeps it', async () => {
    const chat = await joinedChat();
    const { id } = await visitor(chat, 'Mina');
    const asked: Event[] = [];
    const listener = (event: Event): void => {
      asked.push(event);
      event.preventDefault();
    };
    document.addEventListener('message-send', listener);
    expect(await codeOf(chat.sendMessage('no', { to: id }))).to.equal('cancelled');
    const input = partOf(chat, 'input') as HTMLTextAreaElement;
    input.value = 'no, either';
    input.dispatchEvent(new Event('input'));
    partOf(chat, 'send-button').click();
    await chat.updateComplete;
    document.removeEventListener('message-send', listener);
    expect(chat.messages.filter(({ kind }) => kind === 'text')).to.have.length(0);
    expect(input.value).to.equal('no, either');
    expect(asked).to.have.length(2);
    expect(asked[0]).to.include({ text: 'no', to: id, bubbles: true, composed: true, cancelable: true });
    expect(asked[1]).to.include({ text: 'no, either', to: undefined });
    partOf(chat, 'send-button').click();
    await eventually('sent', () => chat.messages.some(({ text, state }) => text === 'no, either' && state === 'sent'));
    expect(input.value).to.equal('');
  });

  it('is not asked for what cannot be sent', async () => {
    const chat = await joinedChat();
    const asked = listen(chat, 'message-send');
    expect(await codeOf(chat.sendMessage('😀'.repeat(4_001)))).to.equal('message-too-long');
    expect(await codeOf(chat.sendMessage(' \n '))).to.equal('payload-invalid');
    expect(asked).to.have.length(0);
    const message = await chat.sendMessage('😀'.repeat(4_000));
    expect(message.state).to.equal('sent');
  });

  it('is not fired for what others say', async () => {
    const chat = await joinedChat();
    const asked = listen(document.documentElement, 'message-send');
    const client = connect({ server: await serverUrl() });
    await client.join(chat.room).sendMessage('by the page’s own script');
    await rowOf(chat, 'by the page');
    client.close();
    expect(asked).to.have.length(0);
  });
});
