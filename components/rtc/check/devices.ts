/** How the devices are: an open one that delivers nothing is told from one that may not be used. Holds no state. */
import type { ConnectionCheck, DeviceVerdict } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import type { Clock } from '../clock.ts';
import type { DevicesSnapshot } from '../media/devices.ts';

/** How long a device may be silent, in milliseconds. */
const SILENT_MS = 2_000;
const READ_MS = 100;
/** The quietest sample that counts as a sound: -80 dB. A microphone that is switched off delivers zeros, or less. */
const AUDIBLE = 1e-4;

const VERDICTS: Partial<Record<string, DeviceVerdict>> = {
  'device-not-found': 'missing',
  'device-in-use': 'busy',
};

/** @param error why the device did not open */
export const verdictOf = (error: unknown): DeviceVerdict => VERDICTS[CodedError.from(error).code] ?? 'blocked';

const pass = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

/** @param track of a camera that is open and enabled */
export async function judgePicture(track: MediaStreamTrack, clock: Clock): Promise<DeviceVerdict> {
  // A browser mutes the track of a camera that delivers nothing.
  const endsAt = clock.now() + SILENT_MS;
  // Not counted by readings: a hidden page has one in a second, or in a minute.
  while (track.muted && clock.now() < endsAt) await pass(clock, READ_MS);
  return track.muted ? 'silent' : 'ok';
}

/**
 * @param track of a microphone that is open and enabled
 * @param mayListen false before the person has pressed anything on the page: browsers then block what measures it
 */
export async function judgeSound(track: MediaStreamTrack, clock: Clock, mayListen: boolean): Promise<DeviceVerdict> {
  if (!mayListen || typeof AudioContext !== 'function') return judgePicture(track, clock);
  const context = new AudioContext();
  try {
    const analyser = context.createAnalyser();
    const samples = new Float32Array(analyser.fftSize);
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    // Without a sound card it never resolves.
    void context.resume().catch(() => undefined);
    const endsAt = clock.now() + SILENT_MS;
    while (clock.now() < endsAt) {
      await pass(clock, READ_MS);
      analyser.getFloatTimeDomainData(samples);
      if (samples.some((sample) => Math.abs(sample) > AUDIBLE)) return 'ok';
    }
    return context.state === 'running' || track.muted ? 'silent' : 'ok';
  } finally {
    void context.close().catch(() => undefined);
  }
}

/** @param canChoose whether the browser plays sound on a chosen speaker, and so lists all */
export function judgeSpeaker({ devices, hasLabels }: DevicesSnapshot, canChoose: boolean): ConnectionCheck['speaker'] {
  if (devices.some(({ kind }) => kind === 'audiooutput')) return 'ok';
  return canChoose && hasLabels ? 'missing' : 'unknown';
}
