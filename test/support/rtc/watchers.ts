/** Participants who show the pictures of others as a test says, and what a sender sends to each of them. */
import { Store } from '../../../components/internal/store.ts';
import type { Shown, Size } from '../../../components/rtc/uplink/shown.ts';
import { eventually, pass } from '../waiting.ts';
import {
  framesDecoded,
  localTracks,
  openCamera,
  openMicrophone,
  type FakeCallRoom,
  type Member,
} from './fake-call-room.ts';

/** How soon a sender must fit what it sends after a watcher shows its picture in a different size, in milliseconds. */
export const SOON_MS = 500;

export type Pictures = Store<ReadonlyMap<string, Shown>>;

export interface Watcher {
  readonly member: Member;
  readonly pictures: Pictures;
}

export function addWatcher(room: FakeCallRoom, id: string): Watcher {
  const pictures: Pictures = new Store<ReadonlyMap<string, Shown>>(new Map());
  return { member: room.add(id, { shown: pictures }), pictures };
}

export const show = (pictures: Pictures, of: string, camera: Size, screen: Size = camera): void =>
  pictures.set(new Map([...pictures.get(), [of, { camera, screen }]]));

/** The sender of the camera: that of the first video line (`m=video`) of a connection. */
export const cameraSenderOf = (connection: RTCPeerConnection): RTCRtpSender | undefined =>
  connection.getTransceivers().find(({ receiver, mid }) => receiver.track.kind === 'video' && mid !== null)?.sender;

export const encodingOf = ({ connections }: Member, index = 0): RTCRtpEncodingParameters =>
  cameraSenderOf(connections[index]!)!.getParameters().encodings[0]!;

export const seen = (by: Member, of: Member) => by.call.store.get().participants.find(({ id }) => id === of.id);

/** What happened in a call while one sender had no picture and no sound to send. */
export interface Absence {
  /** True if the receiver called the sender lost, or did not show it at all. */
  readonly isLost: boolean;
  /** Ids of participants that the receiver showed as reconnecting at any time. */
  readonly reconnecting: readonly string[];
  /** Session descriptions that passed meanwhile. An ICE restart takes two. */
  readonly descriptions: number;
  readonly connections: number;
}

/** Nobody was lost, and nothing was restarted. */
export const CALM: Absence = { isLost: false, reconnecting: [], descriptions: 0, connections: 1 };

/**
 * Kim sends a camera that Lee hides for `ms`, and no sound: without a microphone, or with one that is muted. Ends when
 * Lee shows the camera again and gets pictures of it.
 */
export async function hideCamera(room: FakeCallRoom, microphone: 'none' | 'muted', ms: number): Promise<Absence> {
  const kim = room.add('kim');
  const { member: lee, pictures } = addWatcher(room, 'lee');
  await room.join('kim', 'lee');
  const camera = await openCamera();
  const muted = microphone === 'muted' ? openMicrophone() : null;
  if (muted) muted.enabled = false;
  kim.call.setLocal(localTracks({ camera, ...(muted && { microphone: muted }) }, ['microphone']));
  const frames = () => framesDecoded(lee.connections[0]!);
  await eventually('frames at lee', async () => (await frames()) > 3);
  await eventually('figures', () => seen(lee, kim)?.quality === 'good');
  const { descriptions } = room;
  const qualities = new Set<string>();
  const reconnecting = new Set<string>();
  const stop = lee.call.store.subscribe(() => {
    qualities.add(seen(lee, kim)?.quality ?? 'gone');
    for (const id of lee.call.store.get().reconnecting) reconnecting.add(id);
  });
  show(pictures, 'kim', [0, 0]);
  await eventually('a pause', () => !encodingOf(kim).active, SOON_MS);
  await pass(ms);
  const before = await frames();
  show(pictures, 'kim', [160, 120]);
  await eventually('pictures again', async () => (await frames()) > before + 3);
  // If a page took the silence for a lost connection, one of its next checks would restart ICE.
  await pass(3_000);
  stop();
  return {
    isLost: qualities.has('lost') || qualities.has('gone'),
    reconnecting: [...reconnecting],
    descriptions: room.descriptions - descriptions,
    connections: lee.connections.length,
  };
}

/** Both ends of every data channel of a test, which can thus send as a modified client. Registers Mocha's hooks. */
export function useChannels(): RTCDataChannel[] {
  const channels: RTCDataChannel[] = [];
  const { createDataChannel } = RTCPeerConnection.prototype;
  beforeEach(() => {
    RTCPeerConnection.prototype.createDataChannel = function create(this: RTCPeerConnection, ...args) {
      const channel = createDataChannel.apply(this, args);
      channels.push(channel);
      return channel;
    };
  });
  afterEach(() => {
    RTCPeerConnection.prototype.createDataChannel = createDataChannel;
    channels.length = 0;
  });
  return channels;
}

/** Tells the other end of every open channel how large its pictures are shown here, whether true or not. */
export function claim(channels: readonly RTCDataChannel[], shown: Record<string, unknown>): void {
  for (const channel of channels)
    if (channel.readyState === 'open') channel.send(JSON.stringify({ kind: 'shown', ...shown }));
}
