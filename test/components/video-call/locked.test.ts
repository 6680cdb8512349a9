import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import '../../../components/chat-room/index.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  createCall,
  freshRoom,
  joinedCall,
  listen,
  otherServerUrl,
  partOf,
  partsOf,
  reaches,
  removeCalls,
} from '../../support/browser/calls.ts';
import { clearHouse, guest, reaches as chatReaches } from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

const { axe } = window as unknown as { axe: typeof axeCore };
const quiet = { 'camera-off': '', muted: '' };
const { mediaDevices } = navigator;

afterEach(async () => {
  delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
  // The next test file would open the camera that was chosen here.
  localStorage.clear();
  await removeCalls();
  await clearHouse();
});

/** A moderator in the call of a locked room. */
async function lockedCall(): Promise<VideoCall> {
  const call = await joinedCall({ attributes: { ...quiet, 'display-name': 'Mina' } });
  await call.lockRoom(true);
  return call;
}

async function createChat(room: string) {
  const chat = document.createElement('chat-room');
  chat.server = await otherServerUrl();
  chat.room = room;
  chat.style.cssText = 'block-size: 300px; inline-size: 400px';
  document.body.append(chat);
  return chat;
}

const violations = async (element: Element): Promise<string[]> =>
  (await axe.run(element)).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);

/** A press that makes the other person wait, after which nobody else may wait. */
const knocksOnce = (moderator: VideoCall): Promise<boolean> =>
  eventually('one knock', () => moderator.waiting.length === 1);

describe('outside a locked room', () => {
  it('a lobby knocks only with its button, and names nobody inside', async () => {
    const moderator = await lockedCall();
    const knocks = listen(moderator, 'knock');
    const call = await createCall({ room: moderator.room, other: true, attributes: quiet });
    const button = await eventually('Ask to join', () =>
      partsOf(call, 'join-button').find(({ textContent }) => textContent === 'Ask to join'),
    );
    const lock = await eventually('the lock', () => partsOf(call, 'lock')[0]);
    expect(lock.textContent).to.contain('This room is locked');
    expect(partsOf(call, 'participants')).to.deep.equal([]);
    expect(call.shadowRoot!.textContent).not.to.contain('Mina');
    expect(call.state).to.equal('prejoin');
    expect(await violations(call)).to.deep.equal([]);
    expect(moderator.waiting, 'nobody waits').to.deep.equal([]);

    button.click();
    await reaches(call, 'knocking');
    await knocksOnce(moderator);
    expect(knocks).to.have.length(1);
    await moderator.admit(moderator.waiting[0]!.id);
    await reaches(call, 'joined');
  });

  it('a cancelled knock leads back to the same button', async () => {
    const moderator = await lockedCall();
    const call = await createCall({ room: moderator.room, other: true, attributes: quiet });
    await call.updateComplete;
    call.join().catch(() => undefined);
    await reaches(call, 'knocking');
    await call.updateComplete;
    partOf(call, 'cancel-button').click();
    await reaches(call, 'prejoin');
    await call.updateComplete;
    expect(partOf(call, 'join-button').textContent).to.equal('Ask to join');
  });

  it('a chat is locked until its button knocks', async () => {
    const moderator = await lockedCall();
    const chat = await createChat(moderator.room);
    const states = listen(chat, 'state-change');
    await chatReaches(chat, 'locked');
    await chat.updateComplete;
    expect(chat.matches(':state(locked)')).to.equal(true);
    expect(states).to.have.length.greaterThan(0);
    expect(await eventually('the button', () => partsOf(chat, 'join-button')[0]?.textContent)).to.equal('Ask to join');
    expect(partsOf(chat, 'input'), 'nothing to write').to.deep.equal([]);
    expect(await chat.sendMessage('hello').catch(({ code }: { code: string }) => code)).to.equal('not-in-room');
    expect(await violations(chat)).to.deep.equal([]);
    expect(moderator.waiting).to.deep.equal([]);
    partOf(chat, 'join-button').click();
    await chatReaches(chat, 'knocking');
    await knocksOnce(moderator);
  });

  it('a chat beside a lobby waits with it, for the one knock of Join', async () => {
    const moderator = await lockedCall();
    const knocks = listen(moderator, 'knock');
    const call = await createCall({ room: moderator.room, other: true, attributes: quiet });
    const chat = await createChat(moderator.room);
    await chatReaches(chat, 'locked');
    expect(call.state).to.equal('prejoin');
    void call.join();
    await chatReaches(chat, 'knocking');
    await knocksOnce(moderator);
    expect(knocks).to.have.length(1);
    await moderator.admit(moderator.waiting[0]!.id);
    await reaches(call, 'joined');
    await chatReaches(chat, 'joined');
  });

  it('a call with `autojoin` knocks at once', async () => {
    const moderator = await lockedCall();
    const call = await createCall({ room: moderator.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await reaches(call, 'knocking');
    await knocksOnce(moderator);
  });
});

describe('a lobby', () => {
  it('turns the camera off when its participant is removed', async () => {
    const moderator = await joinedCall({ attributes: quiet });
    const { store } = (await guest('Jun')).join(moderator.room);
    const attributes = { 'display-name': 'Lee', 'ask-devices': 'join' };
    const call = await createCall({ room: moderator.room, other: true, attributes });
    const lee = await eventually('Lee', () =>
      store.get().participants.find(({ displayName }) => displayName === 'Lee'),
    );
    await call.toggleCamera(true);
    const stream = await eventually('the preview', () => {
      const picture = partsOf(call, 'preview')[0]?.shadowRoot?.querySelector('video')?.srcObject;
      return picture instanceof MediaStream ? picture : null;
    });
    const [camera] = stream.getVideoTracks();
    expect(camera!.readyState).to.equal('live');
    await moderator.removeParticipant(lee.id);
    await reaches(call, 'failed');
    await eventually('a camera that is off', () => camera!.readyState === 'ended');
  });

  it('says so where another device took the place of a lost one', async () => {
    const captured: MediaStream[] = [];
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await MediaDevices.prototype.getUserMedia.call(mediaDevices, constraints);
      captured.push(stream);
      return stream;
    };
    const call = await createCall({ room: freshRoom(), attributes: { 'ask-devices': 'load' } });
    await eventually('the picture', () => partsOf(call, 'preview')[0]?.shadowRoot?.querySelector('.shows'));
    captured
      .flatMap((stream) => stream.getVideoTracks())
      .at(-1)!
      .dispatchEvent(new Event('ended'));
    await eventually('the sentence', () => partOf(call, 'banner').textContent.includes('another one is in use'));
    expect(call.state).to.equal('prejoin');
    expect(partsOf(call, 'device-message')).to.deep.equal([]);
  });

  it('tries a device again only where that can help', async () => {
    const message = async (refusal: Error) => {
      mediaDevices.getUserMedia = () => Promise.reject(refusal);
      const call = await createCall({ room: freshRoom(), attributes: { 'ask-devices': 'load' } });
      const found = await eventually('the sentence', () => partsOf(call, 'device-message')[0]);
      return found.querySelectorAll('[part~="allow-button"]').length;
    };
    expect(await message(new DOMException('', 'NotAllowedError')), 'blocked').to.equal(1);
    expect(await message(new TypeError()), 'not in this browser').to.equal(0);
  });

  it('has menus that show the device in use, also after a person chose one there', async () => {
    const call = await createCall({ room: freshRoom(), attributes: { 'ask-devices': 'load' } });
    const menu = (await eventually('both menus', () => partsOf(call, 'device-menu')[1])) as HTMLSelectElement;
    const [, second, third] = await eventually('three cameras', () =>
      menu.options.length > 3 ? [...menu.options] : null,
    );
    expect(menu.value).to.equal('');
    menu.value = second!.value;
    menu.dispatchEvent(new Event('change'));
    await eventually('the choice', () => call.matches(':not(:focus)') && menu.value === second!.value);
    for (const { value } of [third!, second!, third!]) {
      await call.setDevice('videoinput', value);
      await call.updateComplete;
      expect(menu.value).to.equal(value);
    }
  });

  it('tells who is in the call and who only in the room', async () => {
    const room = freshRoom();
    await joinedCall({ room, attributes: { ...quiet, 'display-name': 'Mina' } });
    const client = await guest('Jonas');
    const session = client.join(room);
    await eventually('Jonas is in', () => session.store.get().state === 'joined');
    const call = await createCall({ room, other: true, attributes: quiet });
    const words = () =>
      partsOf(call, 'participants')[0]
        ?.textContent.replaceAll(/[\u2066-\u2069]/g, '')
        .replaceAll(/\s+/g, ' ');
    await eventually('both', () => /In the call: Mina.*In the room: Jonas/.test(words() ?? ''));
    expect(await violations(call)).to.deep.equal([]);
    client.close();
    await eventually('Jonas left', () => !words()?.includes('Jonas'));
  });
});
