import { expect } from 'chai';
import type { Client } from '../../../components/client/index.ts';
import { callApp, serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

/** The window of a page in a frame, which has loaded the client's module. */
interface Page extends Window {
  sarangbang: { connect(options: object): Client };
}

const MODULE = new URL('../../../components/client/index.ts', import.meta.url).href;

/** A page in a frame. It has this tab's sessionStorage, like a reloaded page; a duplicated tab has a copy. */
async function openPage(url: string): Promise<HTMLIFrameElement> {
  const frame = document.createElement('iframe');
  frame.src = url;
  document.body.append(frame);
  await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  return frame;
}

describe('one tab is one participant', () => {
  let server = '';
  let page = '';
  const frames: HTMLIFrameElement[] = [];
  before(async () => {
    server = await serverUrl();
    page = URL.createObjectURL(
      new Blob(
        [
          `<!doctype html><script type="module">
      import * as sarangbang from ${JSON.stringify(MODULE)};
      window.sarangbang = sarangbang;
    </script>`,
        ],
        { type: 'text/html' },
      ),
    );
  });
  afterEach(() => {
    for (const frame of frames.splice(0)) frame.remove();
  });

  async function enter(room: string, frame: HTMLIFrameElement): Promise<string> {
    const { sarangbang } = await eventually(
      'the module',
      () => (frame.contentWindow as Page | null)?.sarangbang && (frame.contentWindow as Page),
    );
    const client = sarangbang.connect({ server });
    client.join(room);
    return eventually('the id', () => client.store.get().participantId);
  }
  async function open(): Promise<HTMLIFrameElement> {
    const frame = await openPage(page);
    frames.push(frame);
    return frame;
  }
  const people = async (room: string) =>
    (await callApp('participants', [room])) as { id: string; connected: boolean }[];

  it('a reload resumes it, and nobody is there twice', async () => {
    const room = `reload-${Math.random()}`;
    const frame = await open();
    const id = await enter(room, frame);
    for (let i = 0; i < 3; i++) {
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      frame.contentWindow?.location.reload();
      await loaded;
      expect(await enter(room, frame)).to.equal(id);
      await eventually('one in the room', async () => (await people(room)).length === 1);
    }
  });

  it('a duplicated tab is somebody else, and the first one stays who it was', async () => {
    const room = `duplicate-${Math.random()}`;
    const [one, two] = [await open(), await open()];
    const first = await enter(room, one);
    const second = await enter(room, two);
    expect(second).not.to.equal(first);
    await eventually(
      'both in the room',
      async () => (await people(room)).filter(({ connected }) => connected).length === 2,
    );
  });

  it('a page that is gone is out within a second', async () => {
    const room = `gone-${Math.random()}`;
    const frame = await open();
    await enter(room, frame);
    await eventually('in', async () => (await people(room)).length === 1);
    frame.remove();
    await eventually('out', async () => (await people(room)).length === 0, 1_000);
  });

  /** What another script, an extension or a full disk may have left in the tab's storage. */
  const DAMAGED: Record<string, string> = {
    "a token over the wire's length": JSON.stringify(['someone', 'x'.repeat(2_049)]),
    'a token over the size of a frame': JSON.stringify(['someone', 'x'.repeat(70_000)]),
    'an id over its length': JSON.stringify(['x'.repeat(5_000), 'token']),
    'a token of another server': JSON.stringify(['someone', 'eyJhbGciOiJIUzI1NiJ9.e30.x']),
    'letters that no token has': JSON.stringify(['someone', '\u0000한🏠']),
    'a lone surrogate': '["someone","\\ud800"]',
    'no text': '[1,{}]',
    'nothing in it': '[]',
    'a text': '"ab"',
    null: 'null',
    'no JSON': '{',
  };
  for (const [what, stored] of Object.entries(DAMAGED)) {
    it(`a damaged resume token (${what}) is nobody's, and the page is let in`, async () => {
      const frame = await open();
      frame.contentWindow!.sessionStorage.setItem(`sarangbang:resume:${server}`, stored);
      const id = await enter(`damaged-${Math.random()}`, frame);
      expect(id).to.match(/./);
      const [, token] = JSON.parse(
        frame.contentWindow!.sessionStorage.getItem(`sarangbang:resume:${server}`)!,
      ) as string[];
      expect(token!.length, 'the next one is a good one').to.be.within(20, 2_048);
    });
  }

  it('keeps its friendly name for the next visit', async () => {
    const frame = await open();
    const nameOf = async () =>
      (await eventually('the module', () => (frame.contentWindow as Page | null)?.sarangbang))
        .connect({ server, shared: false })
        .store.get().displayName;
    const name = await nameOf();
    expect(name).to.match(/^\w+ \w+$/);
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    frame.contentWindow?.location.reload();
    await loaded;
    expect(await nameOf()).to.equal(name);
  });
});
