/**
 * Watches devices that a person turned off: none of that kind may be requested, delivered, copied or enabled.
 *
 * Everything is caught where it happens (`getUserMedia`, `enabled`, `clone`), not by sampling.
 */
import { callApp } from '../server/real-server.ts';
import type { Dice } from '../dice.ts';
import { createCall, freshRoom, reaches, removeCalls } from './calls.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { eventually, pass } from '../waiting.ts';

export type Kind = 'audio' | 'video';
export const KINDS: readonly Kind[] = ['audio', 'video'];

/** One task later, when delivered tracks have been handled. */
const aTaskLater = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener(
      'message',
      () => {
        port1.close();
        resolve();
      },
      { once: true },
    );
    port1.start();
    port2.postMessage(null);
  });

export class SwitchWatch {
  readonly off: Record<Kind, boolean> = { audio: false, video: false };
  readonly faults: string[] = [];
  readonly #tracks = new Set<MediaStreamTrack>();
  readonly #getUserMedia = navigator.mediaDevices.getUserMedia;
  readonly #enabled = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'enabled')!;
  readonly #clone = MediaStreamTrack.prototype.clone;

  start(): void {
    const add = this.#add.bind(this);
    const tracks = this.#tracks;
    const isOn = this.#isOn.bind(this);
    const { faults } = this;
    const enable = this.#enabled.set!;
    const copy = this.#clone;
    const { mediaDevices } = navigator;
    mediaDevices.getUserMedia = async (constraints = {}) => {
      for (const kind of KINDS) if (this.off[kind] && constraints[kind]) this.faults.push(`${kind} asked for`);
      const stream = await this.#getUserMedia.call(mediaDevices, constraints);
      for (const track of stream.getTracks()) this.#add(track, 'delivered');
      return stream;
    };
    Object.defineProperty(MediaStreamTrack.prototype, 'enabled', {
      ...this.#enabled,
      set(this: MediaStreamTrack, value: boolean) {
        enable.call(this, value);
        if (value && tracks.has(this) && isOn(this)) faults.push(`${this.kind} enabled`);
      },
    });
    MediaStreamTrack.prototype.clone = function clone() {
      const track = copy.call(this);
      if (tracks.has(this)) add(track, 'copied');
      return track;
    };
  }

  end(): void {
    navigator.mediaDevices.getUserMedia = this.#getUserMedia;
    Object.defineProperty(MediaStreamTrack.prototype, 'enabled', this.#enabled);
    MediaStreamTrack.prototype.clone = this.#clone;
  }

  /** The person turned these devices off. Tracks that are captured already must be off by the next task. */
  async turnedOff(kinds: readonly Kind[] = KINDS): Promise<void> {
    for (const kind of kinds) this.off[kind] = true;
    await aTaskLater();
    this.look('on after it was turned off');
  }

  turnedOn(): void {
    this.off.audio = this.off.video = false;
  }

  /** How many tracks are on, including those of devices that must be off. */
  get size(): number {
    return [...this.#tracks].filter(({ readyState, enabled }) => readyState === 'live' && enabled).length;
  }

  /** Records tracks that are on although they must be off. */
  look(when: string): void {
    for (const track of this.#tracks) if (this.#isOn(track)) this.faults.push(`${track.kind} ${when}`);
  }

  reset(): void {
    this.turnedOn();
    this.#tracks.clear();
    this.faults.length = 0;
  }

  #isOn(track: MediaStreamTrack): boolean {
    return this.off[track.kind as Kind] && track.readyState === 'live' && (track.kind === 'video' || track.enabled);
  }

  #add(track: MediaStreamTrack, how: string): void {
    this.#tracks.add(track);
    // The track may have been requested before its device was turned off. It must be off one task later.
    void aTaskLater().then(() => this.#isOn(track) && this.faults.push(`${track.kind} ${how}`));
  }
}

const SWITCH: Record<Kind, 'toggleMicrophone' | 'toggleCamera'> = { audio: 'toggleMicrophone', video: 'toggleCamera' };

export async function turn(call: VideoCall, kinds: readonly Kind[], on: boolean): Promise<void> {
  await Promise.all(kinds.map((kind) => call[SWITCH[kind]](on)));
}

/** Turns devices off as a person does, and watches them from now on. */
export async function turnOff(watch: SwitchWatch, call: VideoCall, kinds: readonly Kind[] = KINDS): Promise<void> {
  const turning = turn(call, kinds, false);
  await watch.turnedOff(kinds);
  await turning;
}

/** Microphone and camera as the call shows them. */
export function switches(call: VideoCall): boolean[] {
  const self = call.participants[0];
  return [self?.microphone ?? false, self?.camera ?? false];
}

/** Brings a call into its room, through the lobby if there is one. */
export async function inCall(call: VideoCall): Promise<void> {
  // Until then, `state` is that of the room before.
  await call.updateComplete;
  if (!call.autojoin) {
    const where = (): boolean => ['prejoin', 'joined', 'left'].includes(call.state);
    await eventually(`the lobby or the call, not ${call.state}`, where, 20_000);
    if (call.state !== 'joined') await call.join();
  }
  await reaches(call, 'joined', 20_000);
}

export interface Surroundings {
  readonly watch: SwitchWatch;
  /** A server behind a network that can go away. */
  readonly proxied: { url: string; goDown(): Promise<void>; restore(): Promise<void> };
  /** Another participant in a room, who locks it. */
  readonly host: VideoCall;
  /** The most milliseconds for which a step keeps the element out of the document. */
  readonly longestAway: number;
}

interface Step extends Surroundings {
  readonly dice: Dice;
  readonly call: VideoCall;
}

const transition = (type: string): boolean => dispatchEvent(new PageTransitionEvent(type, { persisted: true }));

/** What may happen to a call in any state. Each returns the call that continues. */
const STEPS: Record<string, (step: Step) => Promise<VideoCall> | VideoCall> = {
  'another room': ({ call }) => Object.assign(call, { room: freshRoom() }),
  'a locked room': async ({ call, host }) => {
    await host.lockRoom(true).catch(() => undefined);
    return Object.assign(call, { room: host.room });
  },
  'no room': ({ call }) => Object.assign(call, { room: '' }),
  'the element again': async ({ call, dice, longestAway }) => {
    call.remove();
    await pass(dice.between(0, longestAway));
    document.body.append(call);
    return call;
  },
  'a new element': async ({ call, dice, proxied, longestAway }) => {
    const { room, autojoin } = call;
    call.remove();
    await pass(dice.between(0, longestAway));
    return createCall({ room, server: proxied.url, attributes: autojoin ? { autojoin: '' } : {} });
  },
  'moved by the server': async ({ call, host }) => {
    const { room } = call;
    if (room && room !== host.room) await callApp('moveRoom', [room, freshRoom()]).catch(() => undefined);
    return call;
  },
  'the connection lost': async ({ call, dice, proxied }) => {
    await proxied.goDown();
    await pass(dice.between(0, 100));
    await proxied.restore();
    return call;
  },
  left: ({ call }) => {
    call.leave().catch(() => undefined);
    return call;
  },
  joined: ({ call }) => {
    call.join().catch(() => undefined);
    return call;
  },
  'autojoin the other way': ({ call }) => Object.assign(call, { autojoin: !call.autojoin }),
  'the back-forward cache': async ({ call, dice }) => {
    transition('pagehide');
    await pass(dice.between(0, 100));
    transition('pageshow');
    return call;
  },
};

/** One random life of a call after a device was turned off in a random phase. @param path collects what happens */
async function liveOnce(dice: Dice, around: Surroundings, path: string[]): Promise<void> {
  const { watch, proxied } = around;
  const autojoin = dice.pick([true, false]);
  let call = await createCall({ room: freshRoom(), server: proxied.url, attributes: autojoin ? { autojoin: '' } : {} });
  const phase = dice.pick(['at once', 'settled', 'after a while'] as const);
  const kinds = dice.pick<readonly Kind[]>([KINDS, ['audio'], ['video']]);
  path.push(`${kinds.join(' and ')} off ${phase}, ${autojoin ? 'with' : 'without'} autojoin`);
  if (phase === 'settled') await reaches(call, autojoin ? 'joined' : 'prejoin', 20_000);
  if (phase === 'after a while') await pass(dice.between(0, 100));
  await turnOff(watch, call, kinds);
  for (let left = Math.floor(dice.between(2, 7)); left > 0; left--) {
    const name = dice.pick(Object.keys(STEPS));
    path.push(name);
    call = await STEPS[name]!({ ...around, dice, call });
    await call.updateComplete;
    const gap = dice.between(0, 100);
    path.push(`${gap.toFixed(0)} ms`);
    await pass(gap);
  }
  call.room = freshRoom();
  await call.updateComplete;
  await inCall(call);
  // A capture may still be pending when the call is joined.
  await eventually('media', () => kinds.length === 2 || switches(call).some(Boolean), 20_000);
  watch.look('on at the end');
  const shown = switches(call);
  for (const kind of kinds) if (shown[KINDS.indexOf(kind)]) watch.faults.push(`${kind} shown as on`);
}

/** Runs `lives` random lives of a call. @returns one line for each life with a fault: the faults and its steps */
export async function live(seed: number, dice: Dice, lives: number, around: Surroundings): Promise<string[]> {
  const bad: string[] = [];
  const { watch } = around;
  for (let life = 0; life < lives; life++) {
    const path: string[] = [];
    await liveOnce(dice, around, path).catch((error: unknown) => watch.faults.push(String(error)));
    if (watch.faults.length > 0)
      bad.push(`seed ${seed}, life ${life}: ${watch.faults.join('; ')} [${path.join(', ')}]`);
    watch.turnedOn();
    await removeCalls(around.host);
    watch.reset();
  }
  return bad;
}

/** Another participant, without a device, in a room that can be locked. */
export async function hostOfARoom(): Promise<VideoCall> {
  const host = await createCall({ other: true });
  host.constraints = { audio: false, video: false };
  host.autojoin = true;
  host.room = freshRoom('locked');
  await reaches(host, 'joined');
  return host;
}
