/**
 * Short sounds for what happens in a call, made by oscillators: no file is loaded. Loaded where the page wants sounds.
 *
 * Owns the notes, and that no two sounds overlap. An audio context lives for one sound, and none is made before the
 * person has pressed anything on the page, because browsers would block it and write that into the console.
 */
import { ignore } from '../../internal/ignore.ts';

export type SoundName = 'join' | 'leave' | 'knock' | 'hand';

interface Note {
  readonly hertz: number;
  /** When the note begins, in seconds. */
  readonly at: number;
}

const NOTES: Readonly<Record<SoundName, readonly Note[]>> = {
  join: [
    { hertz: 523, at: 0 },
    { hertz: 784, at: 0.11 },
  ],
  leave: [
    { hertz: 587, at: 0 },
    { hertz: 392, at: 0.11 },
  ],
  knock: [
    { hertz: 196, at: 0 },
    { hertz: 196, at: 0.16 },
    { hertz: 262, at: 0.42 },
  ],
  hand: [{ hertz: 880, at: 0 }],
};

/** How long a note sounds, in seconds. */
const NOTE_S = 0.16;
/** The longest time that a sound is waited for, in milliseconds. Some contexts never run: without a sound card, say. */
const LONGEST_MS = 1_500;
/** A part of the greatest loudness, so that no sound is louder than a voice. */
const LOUDNESS = 0.12;

/** Chromium plays a context on a chosen speaker; other browsers on that of the system. */
type Sinkable = AudioContext & { setSinkId?: (id: string) => Promise<void> };

export class Sounds {
  #isPlaying = false;

  /** Several participants who join together are one sound. @param speakerId of the chosen speaker */
  async play(name: SoundName, { navigator }: Window, speakerId = ''): Promise<void> {
    if (this.#isPlaying || navigator.userActivation?.hasBeenActive === false) return;
    this.#isPlaying = true;
    const context: Sinkable = new AudioContext();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, LONGEST_MS)));
    try {
      await Promise.race([playNotes(context, name, speakerId), limit]);
    } finally {
      clearTimeout(timer);
      this.#isPlaying = false;
      void context.close().catch(ignore);
    }
  }
}

async function playNotes(context: Sinkable, name: SoundName, speakerId: string): Promise<void> {
  if (speakerId) await context.setSinkId?.(speakerId).catch(ignore);
  if (context.state === 'closed') return;
  await Promise.all(NOTES[name].map((note) => playNote(context, note)));
}

function playNote(context: AudioContext, { hertz, at }: Note): Promise<unknown> {
  const start = context.currentTime + 0.02 + at;
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setTargetAtTime(LOUDNESS, start, 0.006);
  gain.gain.setTargetAtTime(0, start + NOTE_S / 2, 0.03);
  const note = new OscillatorNode(context, { frequency: hertz, type: 'triangle' });
  note.connect(gain).connect(context.destination);
  note.start(start);
  note.stop(start + NOTE_S * 2);
  return new Promise((resolve) => note.addEventListener('ended', resolve, { once: true }));
}
