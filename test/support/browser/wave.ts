/** Samples a second of the sounds that are made here. */
export const SAMPLE_RATE = 48_000;

/**
 * A WAV file of 16-bit sound on one channel, which Chromium repeats as the microphone.
 * @param sample the value from -1 to 1 of a sample, by its index
 */
export function wave(sample: (index: number) => number, seconds = 1): Buffer {
  const data = Buffer.alloc(seconds * SAMPLE_RATE * 2);
  for (let index = 0; index < seconds * SAMPLE_RATE; index++)
    data.writeInt16LE(Math.round(sample(index) * 32_000), index * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLE_RATE, 24);
  head.writeUInt32LE(SAMPLE_RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
