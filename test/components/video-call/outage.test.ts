import { expect } from 'chai';
import { createChat, createList } from '../../support/browser/chats.ts';
import { createCall, freshRoom, listen, partOf, partsOf, reaches, removeCalls } from '../../support/browser/calls.ts';
import { proxiedServer } from '../../support/server/real-server.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { eventually } from '../../support/waiting.ts';

/** More than the five seconds after which the banner tells of an outage. */
const SHOWN_MS = 12_000;
const quiet = { muted: '', 'camera-off': '' };
const server = await proxiedServer();

const banner = (call: VideoCall): string => partOf(call, 'banner').textContent.trim();
const isWarning = (call: VideoCall): boolean => partOf(call, 'banner').classList.contains('warning');
const seen = (call: VideoCall, part: string): boolean =>
  partsOf(call, part).some((element) => element.checkVisibility());

afterEach(async () => {
  await server.restore();
  for (const element of document.querySelectorAll('chat-room, room-list')) element.remove();
  await removeCalls();
});

describe('a server that goes away and comes back', () => {
  it('is a calm word before the call for as long as it lasts, and Join works after it', async () => {
    const call = await createCall({ server: server.url, room: freshRoom(), attributes: quiet });
    await reaches(call, 'prejoin');
    await eventually('in the room', () => call.role === 'moderator');
    await server.goDown();
    await eventually('a word', () => banner(call) === 'Reconnecting…', SHOWN_MS);
    expect(isWarning(call)).to.equal(false);
    expect(call.state).to.equal('prejoin');
    await server.restore();
    await eventually('no word', () => banner(call) === '', SHOWN_MS);
    partOf(call, 'join-button').click();
    await reaches(call, 'joined');
    expect(banner(call)).to.equal('');
  }).timeout(40_000);

  it('that was never there is named, calmly, and forgotten when it comes', async () => {
    await server.goDown();
    const call = await createCall({ server: server.url, room: freshRoom(), attributes: quiet });
    const errors = listen(call, 'call-error');
    await eventually('a word', () => banner(call).startsWith('Can’t reach the server.'), SHOWN_MS);
    expect(isWarning(call)).to.equal(false);
    await eventually('told once', () => errors.length === 1);
    expect(errors[0]).to.include({ code: 'server-unreachable', fatal: false });
    await server.restore();
    await eventually('no word', () => banner(call) === '', SHOWN_MS);
  }).timeout(40_000);

  it('keeps the lobby and its picture while one joins, and lets one stop', async () => {
    const call = await createCall({ server: server.url, room: freshRoom() });
    await eventually('in the room', () => call.role === 'moderator');
    await call.updateComplete;
    const video = partOf(call, 'preview').shadowRoot!.querySelector('video')!;
    await eventually('the own picture', () => video.videoWidth > 0);
    await server.goDown();
    partOf(call, 'join-button').click();
    await reaches(call, 'joining');
    await call.updateComplete;
    expect(partOf(call, 'prejoin').textContent).to.contain('Joining…');
    expect([seen(call, 'preview'), seen(call, 'stage'), seen(call, 'controls')]).to.deep.equal([true, false, false]);
    expect(partOf(call, 'preview').shadowRoot!.querySelector('video'), 'the same picture').to.equal(video);
    partOf(call, 'cancel-button').click();
    await reaches(call, 'prejoin');
    await call.updateComplete;
    expect(video.srcObject !== null && video.videoWidth > 0).to.equal(true);
    partOf(call, 'join-button').click();
    await server.restore();
    await reaches(call, 'joined', SHOWN_MS);
    await call.updateComplete;
    expect([seen(call, 'preview'), seen(call, 'stage'), seen(call, 'controls')]).to.deep.equal([false, true, true]);
  }).timeout(40_000);

  it('is one calm word in all elements of a page, and no alert', async () => {
    const room = freshRoom();
    const call = await createCall({ server: server.url, room, attributes: { ...quiet, autojoin: '' } });
    const chat = await createChat({ attributes: { room } });
    chat.server = server.url;
    const list = await createList();
    list.server = server.url;
    await reaches(call, 'joined');
    await eventually('the list knows the room', () => list.rooms.some(({ name }) => name === room));
    await eventually('the chat is in', () => chat.state === 'joined');
    await server.goDown();
    await eventually('the list is dim', () => partOf(list, 'list').ariaBusy === 'true', SHOWN_MS);
    await eventually('the call says so', () => banner(call).startsWith('Reconnecting…'), SHOWN_MS);
    await eventually('and the chat', () => chat.shadowRoot!.textContent.includes('Reconnecting…'), SHOWN_MS);
    expect(chat.shadowRoot!.textContent).not.to.contain('reach the server');
    expect(list.shadowRoot!.textContent).not.to.contain('reach the server');
    expect(partsOf(list, 'item').length, 'what was known stays').to.be.above(0);
    const alerts = [call, chat, list].flatMap(({ shadowRoot }) => [...shadowRoot!.querySelectorAll('[role="alert"]')]);
    expect(alerts.map(({ textContent }) => textContent.trim()).join('')).to.equal('');
    await server.restore();
    await eventually('bright again', () => partOf(list, 'list').ariaBusy === 'false', SHOWN_MS);
    await reaches(call, 'joined', SHOWN_MS);
    await eventually(
      'the chat as well',
      () => chat.state === 'joined' && !chat.shadowRoot!.textContent.includes('Reconnecting'),
    );
  }).timeout(60_000);
});
