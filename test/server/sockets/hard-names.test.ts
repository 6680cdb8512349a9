/** Names made to be slow to normalise are checked as strictly as others, and quickly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanDisplayName } from '../../../server/parse.ts';
import { LIMITS } from '../../../server/protocol.ts';
import { codePointLength, normalizeRoom } from '../../../server/texts.ts';

/** Milliseconds of CPU. A frame holds one such name, and one connection may send hundreds of them in ten seconds. */
const PATIENCE_MS = 20;
const [HIGH, LOW] = ['\u0301', '\u0323'];
/** As many combining marks as a frame can hold. */
const MARKS = 16_000;

/** The least of several runs, which is the least affected by the machine. */
function cpuMs(work: () => void): number {
  return Math.min(
    ...Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    }),
  );
}

const HARD: Record<string, string> = {
  'marks in the wrong order': `a${HIGH.repeat(MARKS)}${LOW.repeat(MARKS)}`,
  'marks in turns': `a${(HIGH + LOW).repeat(MARKS)}`,
  'marks without a letter': HIGH.repeat(MARKS) + LOW.repeat(MARKS),
  'runs of marks, each of them a possible one': `a${HIGH.repeat(65)}${LOW.repeat(65)}`.repeat(240),
  'spaces and marks': `${' '.repeat(MARKS)}a${HIGH.repeat(MARKS)}${LOW.repeat(MARKS / 2)}`,
};

for (const [what, name] of Object.entries(HARD)) {
  test(`refuses ${what} as a room and cuts it as a display name, at once`, () => {
    assert.ok(cpuMs(() => assert.equal(normalizeRoom(name), null)) < PATIENCE_MS);
    assert.ok(
      cpuMs(() => assert.ok(codePointLength(cleanDisplayName(name)) <= LIMITS.displayNameCodePoints)) < PATIENCE_MS,
    );
  });
}

test('accepts a name that becomes short enough when it is normalised', () => {
  // Four code points that NFC makes into one: an alpha with three marks.
  const decomposed = '\u03b1\u0313\u0342\u0345';
  assert.equal(normalizeRoom(decomposed.repeat(LIMITS.roomCodePoints)), '\u1f86'.repeat(LIMITS.roomCodePoints));
  assert.equal(normalizeRoom(decomposed.repeat(LIMITS.roomCodePoints + 1)), null);
  assert.equal(cleanDisplayName(decomposed.repeat(100)), '\u1f86'.repeat(LIMITS.displayNameCodePoints));
  // Decomposed Korean, as macOS writes it into file names.
  assert.equal(normalizeRoom('사랑방'.normalize('NFD').repeat(42)), '사랑방'.repeat(42));
  assert.equal(
    normalizeRoom(`a${HIGH.repeat(LIMITS.roomCodePoints)}`),
    `\u00e1${HIGH.repeat(LIMITS.roomCodePoints - 1)}`,
  );
  assert.equal(normalizeRoom(`${' '.repeat(2_000)}a `), 'a');
  assert.equal(cleanDisplayName(`${' '.repeat(2_000)}a `), 'a');
  assert.equal(cleanDisplayName(`${'\u{1f600}'.repeat(1_000)}`), '\u{1f600}'.repeat(LIMITS.displayNameCodePoints));
});
