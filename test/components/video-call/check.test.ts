/** *Check connection*: devices and network in words, and the text for support. */
import { expect } from 'chai';
import { RoomSession } from '../../../components/client/room/room-session.ts';
import type { ConnectionCheck } from '../../../components/entities.ts';
import type { CheckCompleteEvent } from '../../../components/events.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { speedOf } from '../../../components/video-call/check/check-dialog.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { guardedUrl, tokenFor } from '../../support/server/real-server.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
} from '../../support/browser/calls.ts';
import { eventually, within } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };

afterEach(async () => {
  for (const method of ['getUserMedia', 'enumerateDevices'] as const)
    delete (navigator.mediaDevices as Partial<MediaDevices>)[method];
  for (const name of ['userActivation', 'clipboard'] as const) delete (navigator as Partial<Navigator>)[name];
  await removeCalls();
});

const setPressed = (): void =>
  void Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: true }, configurable: true });

/** A call in its lobby that has opened no device. */
async function lobby(): Promise<VideoCall> {
  const call = await createCall({ room: freshRoom('check'), attributes: { 'ask-devices': 'join' } });
  await reaches(call, 'prejoin');
  await eventually('inside the room', () => call.shadowRoot!.querySelector('[part~="join-button"]'));
  return call;
}

const check = (call: VideoCall): Promise<ConnectionCheck> => within(call.checkConnection(), 'the check', 40_000);

/** A microphone that is open and delivers nothing. */
function silence(): MediaStreamTrack {
  const destination = new AudioContext().createMediaStreamDestination();
  return destination.stream.getAudioTracks()[0]!;
}

describe('a check of devices and network', () => {
  it('says what it found, to the caller and by an event, and closes what it opened', async () => {
    const call = await lobby();
    const heard: ConnectionCheck[] = [];
    call.addEventListener('check-complete', ({ result }: CheckCompleteEvent) => heard.push(result));
    const opened: MediaStreamTrack[] = [];
    const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      opened.push(...stream.getTracks());
      return stream;
    };
    const result = await check(call);
    expect(Object.keys(result)).to.deep.equal([
      'microphone',
      'camera',
      'speaker',
      'network',
      'relay',
      'sentKbps',
      'receivedKbps',
      'roundTripMs',
    ]);
    const { microphone, camera, speaker, network, relay } = result;
    expect({ microphone, camera, network, relay }).to.deep.equal({
      microphone: 'ok',
      camera: 'ok',
      network: 'direct',
      relay: 'none',
    });
    expect(speaker).to.be.oneOf(['ok', 'unknown', 'missing']);
    expect(heard).to.deep.equal([result]);
    expect(opened.map(({ readyState }) => readyState)).to.deep.equal(['ended', 'ended']);
  }).timeout(40_000);

  const FAULTS = [
    ['NotAllowedError', 'blocked'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'busy'],
  ] as const;
  for (const [error, verdict] of FAULTS)
    it(`tells devices that are ${verdict}`, async () => {
      const call = await lobby();
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', error));
      const { microphone, camera } = await check(call);
      expect([microphone, camera]).to.deep.equal([verdict, verdict]);
    }).timeout(40_000);

  it('tells a silent microphone from one that works', async () => {
    setPressed();
    const call = await lobby();
    const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async ({ video = false } = {}) => {
      const stream = await getUserMedia({ video });
      stream.addTrack(silence());
      return stream;
    };
    expect((await check(call)).microphone).to.equal('silent');
    delete (navigator.mediaDevices as Partial<MediaDevices>).getUserMedia;
    expect((await check(call)).microphone).to.equal('ok');
  }).timeout(60_000);

  it('opens no device that is off, and listens to a muted microphone by a clone', async () => {
    setPressed();
    const call = await joinedCall({ attributes: quiet });
    await eventually('a microphone', () => call.participants[0]!.stream?.getAudioTracks()[0]);
    let asked = 0;
    navigator.mediaDevices.getUserMedia = () => {
      asked++;
      return Promise.reject(new DOMException('no', 'NotAllowedError'));
    };
    const { microphone, camera } = await check(call);
    expect({ microphone, camera, asked }).to.deep.equal({ microphone: 'ok', camera: 'ok', asked: 0 });
    expect(call.participants[0]!.microphone, 'still muted').to.equal(false);
  }).timeout(40_000);

  it('tells speeds in two digits, in the unit that fits, as the language writes them', () => {
    const said = [0, 47, 996, 1_000, 97_103, 384_000].map((kbps) => speedOf(kbps, 'en'));
    expect(said).to.deep.equal(['0 kb/s', '47 kb/s', '1,000 kb/s', '1 Mb/s', '97 Mb/s', '380 Mb/s']);
    expect(speedOf(97_103, 'ko')).to.equal('97Mb/s');
  });

  it('is one for everybody who asks at the same time, who would halve each other the speed', async () => {
    const call = await lobby();
    const heard: ConnectionCheck[] = [];
    call.addEventListener('check-complete', ({ result }: CheckCompleteEvent) => heard.push(result));
    const [first, second] = await Promise.all([check(call), check(call)]);
    expect(second).to.equal(first);
    expect(heard).to.deep.equal([first, first]);
    expect(await check(call), 'a later one').not.to.equal(first);
  });

  it('is refused without a room', async () => {
    const call = await createCall();
    expect(await codeOf(call.checkConnection())).to.equal('not-in-room');
  });

  it('keeps what it found of devices where the server refuses the rest', async () => {
    const call = await lobby();
    const { prototype } = RoomSession;
    const kept = { iceServers: prototype.iceServers, moderate: prototype.moderate };
    const knowsWishes = Object.getOwnPropertyDescriptor(prototype, 'knowsWishes')!;
    Object.defineProperty(prototype, 'knowsWishes', { get: () => true, configurable: true });
    prototype.iceServers = () => Promise.reject(new CodedError('call-full'));
    prototype.moderate = () => Promise.reject(new CodedError('rate-limited'));
    try {
      const { speaker: _, ...rest } = await check(call);
      expect(rest).to.deep.equal({
        microphone: 'ok',
        camera: 'ok',
        network: 'direct',
        relay: 'none',
        sentKbps: null,
        receivedKbps: null,
        roundTripMs: null,
      });
    } finally {
      Object.assign(prototype, kept);
      Object.defineProperty(prototype, 'knowsWishes', knowsWishes);
    }
  }).timeout(40_000);

  it('tries the relay of the call beside an earlier server, which names it to those who join alone', async () => {
    const { prototype } = RoomSession;
    const { joinCall } = prototype;
    const knowsWishes = Object.getOwnPropertyDescriptor(prototype, 'knowsWishes')!;
    prototype.joinCall = async function withRelay(this: RoomSession, ...given) {
      const answer = await joinCall.apply(this, given);
      // A port where nobody listens.
      return { ...answer, iceServers: [{ urls: ['turn:127.0.0.1:1?transport=tcp'], username: 'a', credential: 'b' }] };
    };
    Object.defineProperty(prototype, 'knowsWishes', { get: () => false, configurable: true });
    try {
      const { relay, roundTripMs } = await check(await joinedCall({ attributes: quiet }));
      expect({ relay, roundTripMs }).to.deep.equal({ relay: 'failed', roundTripMs: null });
    } finally {
      prototype.joinCall = joinCall;
      Object.defineProperty(prototype, 'knowsWishes', knowsWishes);
    }
  }).timeout(40_000);

  it('is shown in words, from the menu and from the settings, and copies the details', async () => {
    const call = await joinedCall({ attributes: quiet });
    await pressInMenu(call, 'settings-button');
    const settings = await eventually('the settings', () =>
      call.shadowRoot!.querySelector('sarangbang-settings-dialog'),
    );
    (await eventually('its button', () => partsOf(settings, 'check-button')[0])).click();
    const dialogIn = () => call.shadowRoot!.querySelector('sarangbang-check-dialog');
    const first = await eventually('the check', dialogIn);
    await eventually('on top', () => first.shadowRoot!.querySelector('dialog:modal'));
    partOf(first, 'close-button').click();
    await eventually('closed', () => !dialogIn());
    partOf(settings, 'close-button').click();

    await pressInMenu(call, 'check-button');
    const dialog = await eventually('the check', dialogIn);
    const said = (): string[] => [...dialog.shadowRoot!.querySelectorAll('dd')].map((one) => one.textContent);
    await eventually('words', () => said().length === 6, 40_000);
    expect(said()[0]).to.equal('Works.');
    expect(said()[3]).to.equal('A direct path was found.');
    expect(said()[4]).to.equal('The server has none. Some people may not reach each other.');
    let copied = '';
    const isAsked = { inThePress: false };
    const clipboard = {
      async write([item]: [ClipboardItem]) {
        isAsked.inThePress = isPressing;
        copied = await (await item.getType('text/plain')).text();
      },
    };
    let isPressing = false;
    Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true });
    isPressing = true;
    partOf(dialog, 'copy-button').click();
    isPressing = false;
    await eventually('copied', () => partOf(dialog, 'copy-button').textContent === 'Details copied');
    expect(copied).to.contain('check: microphone ok');
    expect(isAsked.inThePress, 'Safari refuses it later').to.equal(true);
    clipboard.write = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    partOf(dialog, 'copy-button').click();
    const details = await eventually('the text itself', () => dialog.shadowRoot!.querySelector('pre'));
    expect(details.textContent).to.contain('check: microphone ok');
    // A name needs a role.
    expect(details.role).to.equal('group');
  }).timeout(60_000);
});

describe('the text for support', () => {
  it('has versions, states, figures and events, and no name, room, address or token', async () => {
    const server = await guardedUrl();
    const room = freshRoom('geheim');
    const token = await tokenFor(room, { name: 'Adelheid Quirin', role: 'moderator' });
    const other = await tokenFor(room, { name: 'Bartholomäus Ypsilon' });
    const call = await joinedCall({ room, server, attributes: { ...quiet, token } });
    const second = server.replace('127.0.0.1', 'localhost');
    const guest = await joinedCall({ room, server: second, attributes: { ...quiet, token: other } });
    await eventually('two', () => call.participants.length === 2);
    await guest.leave();
    await guest.join();
    await eventually('two again', () => call.participants.length === 2);
    await call.toggleMicrophone(true);
    const devices = await navigator.mediaDevices.enumerateDevices();
    const text = await within(call.diagnostics(), 'the text', 20_000);
    const { host, hostname, port } = new URL(server);
    const secrets = [
      ...[
        'Adelheid',
        'Quirin',
        'Bartholom',
        'Ypsilon',
        room,
        'geheim',
        token,
        other,
        host,
        hostname,
        port,
        'localhost',
      ],
      ...call.participants.map(({ id }) => id),
      ...devices.flatMap(({ deviceId, label }) => [deviceId, label]).filter((one) => one.length > 7),
      location.host,
    ];
    expect(secrets.length).to.be.above(15);
    expect(secrets.filter((secret) => text.includes(secret))).to.deep.equal([]);
    expect(text, 'an address of version 6, or a name of mDNS').not.to.match(/(?:[\da-f]{0,4}:){3,}|\.local\b/i);
    expect(text, 'an address').not.to.match(/\d+\.\d+\.\d+\.\d+(?! Safari)(?!\s)|https?:|::/);
    for (const line of [/^sarangbang /, /^state: state joined, room joined, role moderator$/m, /^participant 2: role/m])
      expect(text).to.match(line);
    expect(text).to.match(/^-\d+\.\d s: microphone on$/m);
  }).timeout(40_000);
});
