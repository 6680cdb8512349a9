/** A call in a page that the back-forward cache suspends. */
import { expect } from 'chai';
import type { Client } from '../../../components/client/index.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { clearHouse, guest } from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

const hide = () => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
const show = () => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));

/** A participant who stays, because its connection does not hear that this page goes. */
async function stayingGuest(displayName: string): Promise<Client> {
  const { addEventListener: listenTo } = window;
  const deaf = (type: string, ...rest: [EventListener]) => type === 'pagehide' || listenTo.call(window, type, ...rest);
  Object.assign(window, { addEventListener: deaf });
  try {
    return await guest(displayName);
  } finally {
    Reflect.deleteProperty(window, 'addEventListener');
  }
}

afterEach(async () => {
  await removeCalls();
  await clearHouse();
});

describe('a call in a page that is suspended', () => {
  it('joins when the page is back if it was joining, and opens no device before', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    const { mediaDevices } = navigator;
    let asked = 0;
    const original = mediaDevices.getUserMedia;
    mediaDevices.getUserMedia = (constraints) => {
      asked++;
      return original.call(mediaDevices, constraints);
    };
    try {
      const joining = codeOf(call.join());
      expect(call.state).to.equal('joining');
      hide();
      asked = 0;
      expect(await joining).to.equal('cancelled');
      await call.updateComplete;
      expect(asked, 'devices opened by a page that goes').to.equal(0);
      show();
      await reaches(call, 'joined');
      await together(call);
    } finally {
      mediaDevices.getUserMedia = original;
    }
  });

  it('goes on if it was joined', async () => {
    const call = await joinedCall();
    hide();
    show();
    await together(call);
    expect(call.state).to.equal('joined');
  });

  for (const [how, attributes, expected] of [
    ['in the lobby', {}, 'prejoin'],
    ['and knocks with `autojoin`', { autojoin: '' }, 'knocking'],
  ] as const)
    it(`is outside a room that was locked meanwhile, ${how}`, async () => {
      const room = freshRoom();
      const session = (await stayingGuest('Mina')).join(room);
      const { store } = session;
      await eventually('the moderator is in', () => store.get().state === 'joined');
      const call = await createCall({ room, attributes: { 'camera-off': '', ...attributes } });
      await call.join();
      const leaves = listen(call, 'call-leave');
      await session.moderate('room:lock', { locked: true });
      hide();
      await eventually('the page is gone', () => store.get().participants.length === 1);
      show();
      await reaches(call, expected);
      expect(leaves).to.have.length(1);
      if (expected === 'prejoin') {
        await call.updateComplete;
        expect(store.get().waiting).to.deep.equal([]);
        expect(partOf(call, 'join-button').textContent).to.equal('Ask to join');
        partOf(call, 'join-button').click();
      }
      const { id } = await eventually('a knock', () => store.get().waiting[0]);
      await session.moderate('room:admit', { participantId: id });
      await reaches(call, 'joined');
    });
});
