/** Where an element looks for its server when `server` is a relative address or missing. */
import { expect } from 'chai';
import '../../components/index.ts';
import { normalizeServerUrl } from '../../components/server-url.ts';
import { createCall, freshRoom, reaches, removeCalls } from '../support/browser/calls.ts';
import { serverUrl } from '../support/server/real-server.ts';
import { eventually } from '../support/waiting.ts';

let added: HTMLElement[] = [];

function add<T extends HTMLElement>(element: T, parent: ParentNode = document.body): T {
  added.push(element);
  parent.prepend(element);
  return element;
}

afterEach(async () => {
  for (const element of added.splice(0)) element.remove();
  await removeCalls();
});

describe('a relative server', () => {
  const table: [base: string, server: string, url: string][] = [
    ['https://calls.example/base/page', './', 'https://calls.example/base'],
    ['https://calls.example/base/page', '/', 'https://calls.example'],
    ['https://calls.example/base/page', '..', 'https://calls.example'],
    ['https://calls.example/base/', 'calls', 'https://calls.example/base/calls'],
    ['https://calls.example/base/', '//other.example/x/', 'https://other.example/x'],
    ['/app/deep/', '../calls/', `${location.origin}/app/calls`],
    ['https://calls.example/base/', 'http://127.0.0.1:9/', 'http://127.0.0.1:9'],
  ];

  for (const [base, server, url] of table) {
    it(`${server} below ${base} is ${url}`, () => {
      add(document.createElement('base'), document.head).href = base;
      expect(normalizeServerUrl(server)).to.equal(url);
      add(document.createElement('img')).name = 'baseURI';
      expect(normalizeServerUrl(server), 'with an image of that name').to.equal(url);
    });
  }

  it('is relative to the page where it has no base', () => {
    expect(normalizeServerUrl('./calls')).to.equal(new URL('./calls', location.href).href);
  });

  it('is where a call goes', async () => {
    add(document.createElement('base'), document.head).href = `${await serverUrl()}/deep/page.html`;
    const call = await createCall({ server: '../', room: freshRoom(), attributes: { 'camera-off': '' } });
    await reaches(call, 'prejoin');
  });
});

describe('no server', () => {
  it('is told once on the console, with the origin that is tried', async () => {
    const { warn } = console;
    const told: string[] = [];
    console.warn = (text: string) => void (String(text).startsWith('sarangbang:') && told.push(text));
    try {
      const failed: string[] = [];
      for (const tag of ['room-list', 'chat-room', 'video-call'] as const) {
        const element = document.createElement(tag);
        element.addEventListener('call-error', ({ code }) => failed.push(code));
        Object.assign(element, { room: 'hall' });
        add(element);
      }
      await eventually('all of them say that there is none', () => failed.length === 3, 15_000);
      await eventually('the console is told', () => told.length > 0, 15_000);
    } finally {
      console.warn = warn;
    }
    expect(told).to.have.length(1);
    expect(told[0]).to.contain(location.origin).and.to.contain('`server`');
  }).timeout(30_000);
});
