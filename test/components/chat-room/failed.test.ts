import { expect } from 'chai';
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
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

describe('a message that failed', () => {
  it('says why, and goes to everybody instead where its receiver is gone', async () => {
    const chat = await joinedChat();
    const jun = await visitor(chat, 'Jun');
    const kim = await visitor(chat, 'Kim');
    jun.client.leave(jun.session);
    await eventually('Jun is gone', () => chat.participants.length === 2);
    expect(await codeOf(chat.sendMessage('for Jun', { to: jun.id }))).to.equal('participant-gone');
    await chat.updateComplete;
    expect(chat.messages.find(({ text }) => text === 'for Jun')).to.include({
      state: 'failed',
      error: 'participant-gone',
    });
    const row = await rowOf(chat, 'for Jun');
    expect([...row.part]).to.include('message-failed');
    expect(row.textContent).to.contain('Not sent: This person has left.');

    for (const width of [280, 340, 400, 480, 640]) {
      chat.style.inlineSize = `${width}px`;
      const [retry, everyone, log] = ['retry-button', 'everyone-button', 'log'].map((part) =>
        partOf(chat, part).getBoundingClientRect(),
      );
      const apart = retry!.right <= everyone!.left + 1 || retry!.bottom <= everyone!.top + 1;
      expect([apart, everyone!.right <= log!.right + 1, retry!.left >= log!.left], `${width} px`).to.deep.equal([
        true,
        true,
        true,
      ]);
    }

    chat.addEventListener('message-send', (event) => event.preventDefault(), { once: true });
    partOf(chat, 'everyone-button').click();
    await chat.updateComplete;
    expect(
      chat.messages.filter(({ text }) => text === 'for Jun'),
      'prevented, so it stays',
    ).to.have.length(1);

    const asked = listen(chat, 'message-send');
    partOf(chat, 'everyone-button').click();
    await eventually('sent', () =>
      chat.messages.some(({ text, state, to }) => text === 'for Jun' && state === 'sent' && to === undefined),
    );
    await eventually('Kim has it', () => kim.session.store.get().messages.some(({ text }) => text === 'for Jun'));
    expect(asked).to.have.length(1);
    expect(chat.messages.filter(({ text }) => text === 'for Jun')).to.have.length(1);
    await chat.updateComplete;
    expect([partsOf(chat, 'message-failed'), partsOf(chat, 'everyone-button')].flat()).to.have.length(0);
  });

  it('is told from left to right in a right-to-left page', async () => {
    const chat = await joinedChat({ attributes: { dir: 'rtl' } });
    const { id, client, session } = await visitor(chat, 'Jun');
    client.leave(session);
    await eventually('Jun is gone', () => chat.participants.length === 1);
    await codeOf(chat.sendMessage('for Jun', { to: id }));
    const row = await rowOf(chat, 'for Jun');
    const sentence = row.querySelector('[part="delivery"]')!;
    const text = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT).nextNode() as Text;
    const placeOf = (index: number): DOMRect => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + 1);
      return range.getBoundingClientRect();
    };
    expect(text.data).to.match(/^Not sent: .*\.$/);
    expect(placeOf(text.length - 1).left).to.be.above(placeOf(0).left);
  });

  it('that is tried again bears no error any more, whether it succeeds or not', async () => {
    const chat = await joinedChat();
    const { id, client, session } = await visitor(chat, 'Jun');
    client.leave(session);
    await eventually('Jun is gone', () => chat.participants.length === 1);
    await codeOf(chat.sendMessage('again', { to: id }));
    const find = () => chat.messages.find(({ text }) => text === 'again')!;
    const retried = chat.retryMessage(find().clientId);
    expect(find()).to.include({ state: 'pending' }).and.not.to.have.property('error');
    expect(await codeOf(retried)).to.equal('participant-gone');
    expect(find().error).to.equal('participant-gone');
    client.join(chat.room);
    await eventually('Jun is back', () => chat.participants.some((participant) => participant.id === id));
    await chat.updateComplete;
    expect(partsOf(chat, 'everyone-button'), 'nobody is gone').to.have.length(0);
    await chat.retryMessage(find().clientId);
    expect(find()).to.include({ state: 'sent' }).and.not.to.have.property('error');
  });
});
