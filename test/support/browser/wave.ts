/** A second of 16-bit sound at 48 kHz, which Chromium repeats as the microphone. */
export function wave(sample: (index: number) => number): Buffer {
  const rate = 48_000;
  const data = Buffer.alloc(rate * 2);
  for (let index = 0; index < rate; index++) data.writeInt16LE(Math.round(sample(index) * 32_000), index * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
