/** Names in the page's markup that take the place of members of `document`: `<img name="getElementById">`. */
import { expect } from 'chai';
import { createCall, removeCalls } from '../support/browser/calls.ts';
import {
  clearHouse,
  createList,
  freshRoom,
  joinedChat,
  partOf,
  partsOf,
  reaches,
  visitor,
} from '../support/browser/chats.ts';
import { eventually } from '../support/waiting.ts';

/** Without the members that Lit itself uses: `createTreeWalker`, `importNode`, `createElement`, `createComment`. */
const MEMBERS = [
  'getElementById',
  'querySelector',
  'getRootNode',
  'nodeType',
  'host',
  'addEventListener',
  'removeEventListener',
  'hidden',
  'visibilityState',
  'baseURI',
  'createDocumentFragment',
  'elementFromPoint',
  'defaultView',
  'documentElement',
];

let image: HTMLImageElement;

afterEach(async () => {
  image.remove();
  await clearHouse();
  await removeCalls();
  for (const section of document.querySelectorAll('section')) section.remove();
});

describe('a page with an image of the name', () => {
  for (const name of MEMBERS) {
    it(`${name}: a list finds its chat in the page and in a shadow root, and a chat knows what was read`, async () => {
      image = document.createElement('img');
      image.setAttribute('name', name);
      document.body.append(image);
      expect(document[name as 'body'], 'control: the name takes its place').to.equal(image as unknown);

      const section = document.createElement('section');
      const root = section.attachShadow({ mode: 'open' });
      document.body.append(section);
      const room = freshRoom('clobbered');
      const call = await createCall({ attributes: { id: 'far' } });
      const chat = await joinedChat({ attributes: { id: 'near', room }, parent: root });
      const list = await createList({ attributes: { for: 'near far' }, parent: root });
      const item = await eventually('the room', () =>
        partsOf(list, 'item').find(({ textContent }) => textContent.includes(room)),
      );
      item.click();
      await eventually('the call is to be in the room', () => call.room === room);
      expect(chat.room).to.equal(room);
      await reaches(chat, 'joined');

      const { session } = await visitor(chat, 'Kim');
      await session.sendMessage('seen');
      await eventually('the message', () => partOf(chat, 'log').textContent.includes('seen'));
      expect(chat.unreadCount).to.equal(0);
    });
  }
});
