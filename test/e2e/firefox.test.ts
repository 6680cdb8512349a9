/** Chromium with Firefox: a call both ways, its devices and its restarts, each seen by the other side. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { waitFor } from '../support/browser.ts';
import { launchFirefox } from '../support/firefox.ts';
import { allJoined, framesGrow, openMeeting, watchFrames, type CallElement, type Meeting, type Person } from '../support/meeting.ts';

const MINUTE = 60_000;

let meeting: Meeting;
let ada: Person;
let fox: Person;

before(async () => {
  meeting = await openMeeting();
  const room = `fox-${randomUUID()}`;
  ada = await meeting.enter('Ada', room);
  fox = await meeting.enter('Fox', room, { testBrowser: await launchFirefox() });
  await allJoined([ada, fox]);
  await watchFrames([ada, fox]);
}, { timeout: 2 * MINUTE });
after(async () => {
  await fox?.testBrowser.close();
  await meeting?.close();
});

const seeEachOther = () => Promise.all([framesGrow(ada, 1), framesGrow(fox, 1)]);
const ufragOf = () => /a=ice-ufrag:(\S+)/.exec(window.watched.connections.at(-1)?.currentLocalDescription?.sdp ?? '')?.[1];
const audioPackets = async () => {
  let packets = 0;
  for (const entry of (await window.watched.connections.at(-1)!.getStats()).values() as Iterable<{ type: string; kind?: string; packetsReceived?: number }>) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') packets += entry.packetsReceived ?? 0;
  }
  return packets;
};

test('they see each other, and sound comes', { timeout: MINUTE }, async (t) => {
  for (const { page, name } of [ada, fox]) {
    t.diagnostic(`${name}: ${JSON.stringify(await page.evaluate(() => window.watched.connections.map(({ connectionState, iceConnectionState, signalingState }) => [connectionState, iceConnectionState, signalingState])))}`);
  }
  await seeEachOther();
  for (const { page, name } of [ada, fox]) assert.ok((await page.evaluate(audioPackets)) > 0, `${name} gets no sound`);
});

test('a camera switched in Chromium is seen in Firefox, without negotiation', { timeout: MINUTE }, async () => {
  const [before, now] = await ada.page.evaluate(async () => {
    const call = document.querySelector('video-call') as unknown as CallElement;
    const own = () => call.participants[0]?.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const first = own();
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    await call.setDevice('videoinput', cameras.at(-1)!.deviceId);
    return [first, own()];
  });
  assert.notEqual(now, before);
  await seeEachOther();
  for (const { page, name } of [ada, fox]) assert.equal(await page.evaluate(() => window.watched.renegotiations), 0, name);
});

test('a canvas in place of Firefox\'s only camera is seen in Chromium', { timeout: MINUTE }, async () => {
  await fox.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 240];
    const context = canvas.getContext('2d')!;
    setInterval(() => {
      context.fillStyle = '#00f';
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = '#fff';
      context.fillRect(Math.random() * 300, 0, 4, 4);
    }, 60);
    const sender = window.watched.connections.at(-1)!.getSenders().find(({ track }) => track?.kind === 'video')!;
    await sender.replaceTrack(canvas.captureStream(15).getVideoTracks()[0]!);
  });
  await waitFor(ada.page, () => {
    const call = document.querySelector('video-call') as unknown as CallElement;
    const stream = call.participants.find(({ isSelf }) => !isSelf)?.stream;
    const video = [...document.querySelectorAll('video')].find(({ srcObject }) => srcObject === stream);
    if (!video?.videoWidth) return null;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [8, 8];
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0, 8, 8);
    const [red = 255, green = 255, blue = 0] = context.getImageData(4, 4, 1, 1).data;
    return (blue > 150 && red < 90 && green < 90) || null;
  }, [], 'Ada does not see the canvas', 20_000);
  await seeEachOther();
});

for (const starter of ['Ada', 'Fox']) {
  test(`ICE restarted by ${starter === 'Ada' ? 'Chromium' : 'Firefox'}: another path, and pictures go on`, { timeout: MINUTE }, async (t) => {
    const before = await Promise.all([ada, fox].map(({ page }) => page.evaluate(ufragOf)));
    const countAll = () => Promise.all([ada, fox].map(({ page: one }) => one.evaluate(() => window.watched.connections.length)));
    const connections = await countAll();
    const { page } = starter === 'Ada' ? ada : fox;
    await page.evaluate(() => window.watched.connections.at(-1)!.restartIce());
    for (const [index, person] of [ada, fox].entries()) {
      await waitFor(person.page, (old) => {
        const connection = window.watched.connections.at(-1)!;
        const now = /a=ice-ufrag:(\S+)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1];
        return (now !== old && connection.signalingState === 'stable' && connection.connectionState === 'connected') || null;
      }, [before[index] ?? ''], `${person.name} has no new path`, 20_000);
    }
    await seeEachOther();
    // Known to happen now and then, and not understood: the restart breaks, and a new connection takes its place after 3 s.
    const rebuilt = JSON.stringify(await countAll()) !== JSON.stringify(connections);
    t.diagnostic(rebuilt ? 'the connection was REBUILT, where a restart should have done' : 'the same connections as before');
  });
}

test('nothing went wrong on the pages', () => {
  assert.deepEqual([...ada.problems, ...fox.problems], []);
});
