/** Tokens in the elements: viewers, refresh, expiry, a missing token and an invalid one. */
import { expect } from 'chai';
import '../../../components/chat-room/index.ts';
import type { CallErrorEvent, CallLeaveEvent, TokenExpireEvent } from '../../../components/events.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  partsOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { guardedUrl, tokenFor } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };
let asked: MediaStreamConstraints[] = [];
const { getUserMedia } = navigator.mediaDevices;

beforeEach(() => {
  asked = [];
  navigator.mediaDevices.getUserMedia = (constraints) => {
    asked.push(constraints!);
    return getUserMedia.call(navigator.mediaDevices, constraints);
  };
});

afterEach(async () => {
  navigator.mediaDevices.getUserMedia = getUserMedia;
  for (const chat of document.querySelectorAll('chat-room')) chat.remove();
  await removeCalls();
});

/** A different address of the same server, for a second connection: elements share one connection for each address. */
const another = (url: string): string => url.replace('127.0.0.1', 'localhost');

// Must come first: elements with the same address share a connection, and so the last token that one of them set.
describe('a token of none', () => {
  it('or a bad one: failed, with its code, and in again once there is a good one', async () => {
    const [room, server] = [freshRoom(), await guardedUrl()];
    const call = await createCall({ server, attributes: quiet });
    const errors = listen(call, 'call-error');
    call.room = room;
    await reaches(call, 'failed');
    const told = (code: string) =>
      eventually(code, () => (errors as CallErrorEvent[]).some((error) => error.code === code && error.fatal));
    await told('token-required');
    call.token = 'e30.e30.e30';
    await told('token-invalid');
    expect(call.state).to.equal('failed');
    call.token = await tokenFor(room);
    await eventually('in the lobby', () => call.state === 'prejoin');
    await call.join();
    expect(call.state).to.equal('joined');
  });
});

describe('a participant who only watches', () => {
  it('is asked for no device, has no switches, sends nothing, and can be put out', async () => {
    const [room, server] = [freshRoom(), await guardedUrl()];
    const watcher = await createCall({
      room,
      server,
      attributes: { token: await tokenFor(room, { role: 'viewer', subject: 'bo' }) },
    });
    await reaches(watcher, 'prejoin');
    await watcher.updateComplete;
    const lobby = partOf(watcher, 'prejoin');
    expect(lobby.textContent).to.contain('You’re watching');
    expect(partsOf(watcher, 'microphone-button').concat(partsOf(watcher, 'camera-button'))).to.have.length(0);
    await watcher.join();
    expect(watcher.role).to.equal('viewer');
    await watcher.updateComplete;
    for (const name of ['microphone', 'camera', 'screen'])
      expect(partsOf(watcher, `${name}-button`), name).to.have.length(0);
    expect(partOf(watcher, 'leave-button').hidden).to.equal(false);
    const toggles = [watcher.toggleMicrophone(), watcher.toggleCamera(true), watcher.toggleScreenShare()];
    expect(await Promise.all(toggles.map(codeOf))).to.deep.equal(['not-allowed', 'not-allowed', 'not-allowed']);
    expect(asked, 'devices asked for').to.deep.equal([]);

    const call = await joinedCall({
      room,
      server: another(server),
      attributes: { ...quiet, token: await tokenFor(room, { role: 'moderator' }) },
    });
    await together(call, watcher);
    await eventually(
      'the moderator sees who watches',
      () => call.participants.find(({ isSelf }) => !isSelf)?.role === 'viewer',
    );
    const [self] = watcher.participants;
    expect(self).to.include({ microphone: false, camera: false, screen: false });
    const heard = listen(watcher, 'call-leave');
    await call.removeParticipant(self!.id);
    await reaches(watcher, 'left');
    expect((heard[0] as CallLeaveEvent).reason).to.equal('removed');
  }).timeout(30_000);

  it('from one moment to the next loses camera and microphone', async () => {
    const [room, server] = [freshRoom(), await guardedUrl()];
    const call = await joinedCall({ room, server, attributes: { token: await tokenFor(room, { subject: 'cy' }) } });
    await eventually('camera and microphone', () => call.participants[0]!.camera && call.participants[0]!.microphone);
    const [track] = call.participants[0]!.stream!.getVideoTracks();
    call.token = await tokenFor(room, { role: 'viewer', subject: 'cy' });
    await eventually('a viewer', () => call.role === 'viewer');
    await eventually(
      'nothing is captured',
      () => track!.readyState === 'ended' && !call.participants[0]!.camera && !call.participants[0]!.microphone,
    );
    await eventually('no switches', () => partsOf(call, 'camera-button').length === 0);
    expect(call.state).to.equal('joined');
  }).timeout(30_000);
});

describe('a token that ends', () => {
  it('is told to end, by each element that has one, and a fresh one keeps the call', async () => {
    const [room, server] = [freshRoom(), await guardedUrl()];
    const token = await tokenFor(room, { ttlMs: 8_000, subject: 'di' });
    const call = document.createElement('video-call');
    const told = listen(call, 'token-expire');
    for (const [name, value] of Object.entries(quiet)) call.setAttribute(name, value);
    Object.assign(call, { server, room, token });
    document.body.append(call);
    await eventually('the call is told', () => told.length > 0);
    // The chat comes after the alarm of the connection that both share.
    const chat = document.createElement('chat-room');
    const heard = [told, listen(chat, 'token-expire')];
    Object.assign(chat, { server, room, token });
    document.body.append(chat);
    await call.join();
    await eventually('both told', () => heard.every(({ length }) => length > 0));
    for (const events of heard) expect((events[0] as TokenExpireEvent).inMs).to.be.within(1, 8_000);
    const left = listen(call, 'call-leave');
    call.token = await tokenFor(room, { subject: 'di' });
    // The control: an element that never gets a fresh token leaves, which happens after the first token has expired.
    const alone = await createCall({
      room,
      server: another(server),
      attributes: { ...quiet, autojoin: '', token: await tokenFor(room, { ttlMs: 8_000, subject: 'el' }) },
    });
    await reaches(alone, 'joined');
    await reaches(alone, 'left', 15_000);
    expect(left.map((event) => (event as CallLeaveEvent).reason)).to.deep.equal([]);
    expect(call.state).to.equal('joined');
    expect(chat.state).to.equal('joined');
  }).timeout(30_000);

  it('is told 60 s before', async () => {
    const [room, server] = [freshRoom(), await guardedUrl()];
    const call: VideoCall = await createCall({
      room,
      server,
      attributes: { ...quiet, token: await tokenFor(room, { ttlMs: 64_000 }) },
    });
    const heard = listen(call, 'token-expire');
    await eventually('the notice', () => heard.length > 0);
    expect((heard[0] as TokenExpireEvent).inMs).to.be.within(59_000, 60_000);
  });

  it('at its end: out, with token-expired, and a fresh one lets in again', async () => {
    const [room, server] = [freshRoom(), await guardedUrl()];
    const call = await joinedCall({
      room,
      server,
      attributes: { ...quiet, token: await tokenFor(room, { ttlMs: 5_000 }) },
    });
    const heard = listen(call, 'call-leave');
    await reaches(call, 'left');
    expect((heard[0] as CallLeaveEvent).reason).to.equal('token-expired');
    await eventually('the sentence', () => partOf(call, 'prejoin').textContent.includes('invitation has expired'));
    call.token = await tokenFor(room);
    await call.updateComplete;
    await call.join();
    expect(call.state).to.equal('joined');
  });
});
