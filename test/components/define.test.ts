import { expect } from 'chai';
import { define } from '../../components/define.ts';
import { defineElement } from '../../components/internal/define.ts';

const TAGS = ['room-list', 'chat-room', 'video-call', 'device-picker'];

/** The texts of `console.warn` while `task` runs. */
function warnings(task: () => void): string[] {
  const { warn } = console;
  const heard: string[] = [];
  console.warn = (text: string) => void heard.push(text);
  try {
    task();
  } finally {
    console.warn = warn;
  }
  return heard;
}

describe('define', () => {
  it('claims none of the usual names when it is loaded', () => {
    expect(TAGS.filter((tag) => customElements.get(tag))).to.deep.equal([]);
  });

  it('registers the four elements under names with a prefix, any number of times', async () => {
    expect(warnings(() => define('my'))).to.deep.equal([]);
    expect(warnings(() => define('my'))).to.deep.equal([]);
    define('our-own');
    for (const tag of TAGS) {
      expect(document.createElement(`my-${tag}`).shadowRoot, tag).to.equal(null);
      expect(customElements.get(`my-${tag}`), tag).not.to.equal(customElements.get(`our-own-${tag}`));
    }
    const chat = document.createElement('my-chat-room') as HTMLElement & {
      state: string;
      updateComplete: Promise<boolean>;
    };
    document.body.append(chat);
    await chat.updateComplete;
    expect(chat.state).to.equal('idle');
    expect(chat.shadowRoot!.querySelector('[part="base"]')).not.to.equal(null);
    chat.remove();
  });

  it('refuses what makes no name', () => {
    expect(() => define('My')).to.throw(DOMException);
    expect(() => define('')).to.throw(DOMException);
  });

  it('lets the usual names be registered afterwards, and twice', async () => {
    const { ChatRoom, RoomList, VideoCall, DevicePicker } = await import('../../components/index.ts');
    expect(TAGS.map((tag) => customElements.get(tag))).to.deep.equal([RoomList, ChatRoom, VideoCall, DevicePicker]);
    expect(warnings(() => defineElement('chat-room', class extends HTMLElement {}))).to.deep.equal([]);
  });

  it('stands back with one warning where another script owns a name', () => {
    class Theirs extends HTMLElement {}
    customElements.define('their-name', Theirs);
    const heard = warnings(() => defineElement('their-name', class extends HTMLElement {}));
    expect(heard).to.have.length(1);
    expect(heard[0]).to.contain('<their-name>');
    expect(customElements.get('their-name')).to.equal(Theirs);
  });
});
