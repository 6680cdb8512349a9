/** What fake cameras and microphones play: files that are the same in each run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAMPLE_RATE, wave } from '../../support/browser/wave.ts';
import { Dice } from '../../support/dice.ts';

const SEED = 7;
const PICTURE_SECONDS = 4;

interface PictureSize {
  width: number;
  height: number;
  fps: number;
}

/** Value noise: smooth between random values on a lattice. */
function createTexture(dice: Dice, width: number, height: number, cell: number): Float32Array {
  const columns = Math.ceil(width / cell) + 2;
  const rows = Math.ceil(height / cell) + 2;
  const lattice = Array.from({ length: columns * rows }, () => dice.between(0, 1));
  const texture = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = Math.floor(y / cell) * columns + Math.floor(x / cell);
      const [right, down] = [(x % cell) / cell, (y % cell) / cell];
      const upper = lattice[at]! * (1 - right) + lattice[at + 1]! * right;
      const lower = lattice[at + columns]! * (1 - right) + lattice[at + columns + 1]! * right;
      texture[y * width + x] = upper * (1 - down) + lower * down;
    }
  }
  return texture;
}

/**
 * A textured picture that a hand seems to hold, with the grain of a camera. Chromium's own fake camera shows a flat
 * picture, which costs so few bits that no limit is felt.
 */
function makePicture({ width, height, fps }: PictureSize): Buffer {
  const dice = new Dice(SEED);
  const margin = 48;
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const [coarse, fine] = [createTexture(dice, wide, high, 40), createTexture(dice, wide, high, 6)];
  const grain = Int8Array.from({ length: 65_536 }, () => Math.round(dice.between(-4, 4)));
  const frames: Buffer[] = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`)];
  const count = fps * PICTURE_SECONDS;
  for (let index = 0; index < count; index++) {
    const turn = (2 * Math.PI * index) / count;
    const left = margin + Math.round(40 * Math.sin(turn));
    const top = margin + Math.round(30 * Math.sin(2 * turn));
    const frame = Buffer.alloc((width * height * 3) / 2, 128);
    const shift = Math.floor(dice.between(0, grain.length));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (y + top) * wide + x + left;
        const noise = grain[(shift + y * width + x) % grain.length]!;
        frame[y * width + x] = Math.round(40 + 110 * coarse[at]! + 60 * fine[at]!) + noise;
      }
    }
    frames.push(Buffer.from('FRAME\n'), frame);
  }
  return Buffer.concat(frames);
}

/** A sound. @param sample the value from -1 to 1 at a time in seconds */
const makeSound = (seconds: number, sample: (time: number) => number): Buffer =>
  wave((index) => sample(index / SAMPLE_RATE), seconds);

/** The noise of a quiet room. Digital silence would be the sound of a broken microphone. */
const quiet = (dice: Dice): number => dice.between(-0.001, 0.001);

/** Frequencies of the first three formants of some vowels, in hertz. */
const VOWELS = [
  [730, 1_090, 2_440],
  [270, 2_290, 3_010],
  [570, 840, 2_410],
  [530, 1_840, 2_480],
  [300, 870, 2_240],
] as const;
const SYLLABLE_S = 0.22;

/** One voice: syllables of a gliding pitch with the formants of vowels, each begun by a hiss. */
function speech(dice: Dice): (time: number) => number {
  return (time) => {
    const syllable = Math.floor(time / SYLLABLE_S);
    const within = (time % SYLLABLE_S) / SYLLABLE_S;
    const vowel = VOWELS[(syllable * 3) % VOWELS.length]!;
    const pitch = 120 + 20 * Math.sin(time * 1.7);
    if (within < 0.18) return 0.08 * dice.between(-1, 1);
    let sum = 0;
    for (let harmonic = 1; harmonic * pitch < 4_000; harmonic++) {
      const frequency = harmonic * pitch;
      const gain = vowel.reduce((most, formant) => most + 1 / (1 + ((frequency - formant) / 90) ** 2), 0.02);
      sum += gain * Math.sin(2 * Math.PI * frequency * time + harmonic);
    }
    return 0.12 * sum * Math.sin(Math.PI * within) + quiet(dice);
  };
}

/**
 * `silence` is the noise of a quiet room after a short speech, and `listener` is that noise alone. They differ because
 * the encoder takes noise for silence only after it has heard something much louder. `talk` is speech with pauses.
 */
export type Sound = 'silence' | 'listener' | 'speech' | 'talk';

/** Longer than any measurement: at its end a fake microphone plays the file again, with the speech at its beginning. */
const SILENCE_S = 120;
const FIRST_WORDS_S = 2;

const SOUNDS: Record<Sound, () => Buffer> = {
  silence() {
    const dice = new Dice(SEED);
    const voice = speech(dice);
    return makeSound(SILENCE_S, (time) => (time < FIRST_WORDS_S ? voice(time) : quiet(dice)));
  },
  listener() {
    const dice = new Dice(SEED);
    return makeSound(2, () => quiet(dice));
  },
  speech() {
    return makeSound(11, speech(new Dice(SEED)));
  },
  /** Speech with pauses as long as those of somebody who also listens. */
  talk() {
    const dice = new Dice(SEED);
    const voice = speech(dice);
    return makeSound(11, (time) => (time % 5.5 < 3.3 ? voice(time) : quiet(dice)));
  },
};

/** Writes the files into a temporary directory. */
export class Sources {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(): Promise<Sources> {
    return new Sources(await mkdtemp(join(tmpdir(), 'sarangbang-sources-')));
  }

  /** Chromium's flag for a camera that plays a moving picture. */
  async camera(size: PictureSize): Promise<string> {
    return `--use-file-for-fake-video-capture=${await this.#write('camera.y4m', makePicture(size))}`;
  }

  /** Chromium's flag for a microphone that repeats a sound. */
  async microphone(sound: Sound): Promise<string> {
    return `--use-file-for-fake-audio-capture=${await this.#write(`${sound}.wav`, SOUNDS[sound]())}`;
  }

  async #write(name: string, content: Buffer): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, content);
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
