/** A participant whose client sends what it may not. In a mesh only the receivers can stop that, so they drop it. */
import { expect } from 'chai';
import type { RoomPermissions } from '../../server/protocol.ts';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  openMicrophone,
  stopTracks,
  type Member,
} from '../support/rtc/fake-call-room.ts';
import { eventually } from '../support/waiting.ts';

let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
});

afterEach(async () => {
  room.close();
  await stopTracks();
});

const seen = (by: Member, of: Member) => by.call.store.get().participants.find(({ id }) => id === of.id);
const heard = (by: Member, of: Member) =>
  seen(by, of)
    ?.stream?.getAudioTracks()
    .some(({ enabled }) => enabled) ?? false;
const watched = (by: Member, of: Member) => (seen(by, of)?.stream?.getVideoTracks().length ?? 0) > 0;

/** Kim receives. Mallory's client sends sound and picture, also when the roster says that it sends none. */
async function meet(): Promise<[Member, Member]> {
  const [kim, mallory] = (await room.join('kim', 'mallory')) as [Member, Member];
  mallory.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
  await eventually('sound and picture of an ordinary client', () => heard(kim, mallory) && watched(kim, mallory));
  return [kim, mallory];
}

/** What the page of Kim knows of the room. The roster still says that Mallory sends, as that of a late server would. */
const restrict = (kim: Member, ...whats: (keyof RoomPermissions)[]): void => {
  const who = (what: keyof RoomPermissions) => (whats.includes(what) ? 'moderators' : 'everyone');
  kim.call.handleRoster(room.roster, {
    microphone: who('microphone'),
    camera: who('camera'),
    screen: who('screen'),
    chat: who('chat'),
  });
};

/** Resolves when more frames have arrived from Mallory, so the tests see that they are dropped only at Kim. */
async function stillSends(kim: Member): Promise<void> {
  const [connection] = kim.connections;
  const before = await framesDecoded(connection!);
  await eventually('frames go on over the wire', async () => (await framesDecoded(connection!)) > before + 3);
}

describe('a modified client', () => {
  it('of a viewer is neither heard nor seen, although it sends', async () => {
    const [kim, mallory] = await meet();
    room.change('mallory', { role: 'viewer' });
    await eventually('nothing of a viewer', () => !heard(kim, mallory) && !watched(kim, mallory));
    expect(seen(kim, mallory)).to.include({ microphone: false, camera: false, screen: false, speaking: false });
    await stillSends(kim);
    expect(heard(kim, mallory) || watched(kim, mallory)).to.equal(false);
  });

  it('of a muted participant is not heard, even after it loses its connection to the server', async () => {
    const [kim, mallory] = await meet();
    const { call } = room.roster.find(({ id }) => id === 'mallory')!;
    room.change('mallory', {
      call: {
        ...call!,
        tracks: call!.tracks.map((track) =>
          track.source === 'microphone' ? { ...track, muted: true, mutedBy: 'kim' } : track,
        ),
      },
    });
    await eventually('silence', () => !heard(kim, mallory));
    expect(watched(kim, mallory), 'the picture is not muted').to.equal(true);
    room.change('mallory', { connected: false });
    await stillSends(kim);
    expect(heard(kim, mallory)).to.equal(false);
  });

  it('of a participant who may not speak is not heard, even after it loses its connection to the server', async () => {
    const [kim, mallory] = await meet();
    restrict(kim, 'microphone');
    expect([heard(kim, mallory), watched(kim, mallory)]).to.deep.equal([false, true]);
    room.change('mallory', { connected: false });
    await stillSends(kim);
    expect(heard(kim, mallory)).to.equal(false);
    expect(seen(kim, mallory)).to.include({ microphone: false, speaking: false });
    room.change('mallory', { role: 'moderator', connected: true });
    expect(heard(kim, mallory), 'a moderator may always').to.equal(true);
  });

  it('of a participant who may show neither camera nor screen is not seen, nor heard through a screen', async () => {
    const [kim, mallory] = await meet();
    mallory.call.setLocal(
      localTracks({ camera: await openCamera(), screen: await openCamera(), 'screen-audio': openMicrophone() }),
    );
    const screen = () =>
      seen(kim, mallory)
        ?.screenStream?.getTracks()
        .map(({ kind }) => kind) ?? [];
    await eventually('the screen and its sound', () => screen().length === 2);
    restrict(kim, 'microphone');
    expect(screen(), 'speech could pass as the sound of a screen').to.deep.equal(['video']);
    restrict(kim, 'camera', 'screen');
    expect([watched(kim, mallory), ...screen()]).to.deep.equal([false]);
    expect(seen(kim, mallory)).to.include({ camera: false, screen: false });
    await stillSends(kim);
    expect([watched(kim, mallory), ...screen()]).to.deep.equal([false]);
  });

  it("of a participant outside the roster's call is dropped together with its link", async () => {
    const [kim] = await meet();
    room.change('mallory', { call: null });
    await eventually('no link', () => kim.connections.every(({ signalingState }) => signalingState === 'closed'));
    expect(kim.call.store.get().participants.map(({ id }) => id)).to.deep.equal(['kim']);
  });
});
