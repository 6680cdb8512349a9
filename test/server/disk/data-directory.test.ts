/** The check of `DATA_DIR` at the start: damage is named, and other users' access is taken away. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { createConfig } from '../../../server/config/config.ts';
import { createDiskBackend } from '../../../server/disk/backend.ts';
import { makeDirectory } from '../../support/server/backends.ts';

async function openBackend(dataDir: string) {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const backend = await createDiskBackend(createConfig({ dataDir }), {
    now: Date.now,
    returnMs: 100,
    succession: true,
    onGone: () => undefined,
    log,
  });
  return { backend, lines };
}

/** A directory that holds messages. */
async function makeUsed(t: TestContext): Promise<string> {
  const dataDir = await makeDirectory(t);
  const { backend, lines } = await openBackend(dataDir);
  await backend.chatLog.append('a', {
    clientId: '1',
    from: { id: 'ann', displayName: 'Ann' },
    text: 'kept',
    kind: 'text',
  });
  await backend.close();
  assert.deepEqual(lines, []);
  return dataDir;
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** How each file may be damaged. */
const DAMAGE: [what: string, damage: (path: string) => Promise<unknown>][] = [
  ['is no database', (path) => writeFile(path, 'x'.repeat(10_000))],
  [
    'is half a database',
    async (path) => writeFile(path, (await readFile(path.replace('.lock', '.db'))).subarray(0, 5_000).fill(7, 100)),
  ],
  [
    'is a directory',
    async (path) => {
      await rm(path);
      await mkdir(path);
    },
  ],
];

for (const [what, damage] of DAMAGE) {
  test(`names a lock file that ${what}, and does not advise to move the history away`, async (t) => {
    const dataDir = await makeUsed(t);
    await damage(join(dataDir, 'sarangbang.lock'));
    await assert.rejects(openBackend(dataDir), ({ name, message }: Error) => {
      assert.equal(name, 'ConfigError');
      assert.match(message, /^DATA_DIR is .*sarangbang\.lock .*remove that file\.$/);
      assert.doesNotMatch(message, /sarangbang\.db|\n/);
      return true;
    });
    await rm(join(dataDir, 'sarangbang.lock'), { recursive: true });
    const { backend } = await openBackend(dataDir);
    assert.equal((await backend.chatLog.read('a', 'ann', { limit: 9 })).messages[0]?.text, 'kept');
    await backend.close();
  });

  test(`names a store that ${what}, and not the lock file`, async (t) => {
    const dataDir = await makeUsed(t);
    await damage(join(dataDir, 'sarangbang.db'));
    await assert.rejects(
      openBackend(dataDir),
      ({ name, message }: Error) =>
        name === 'ConfigError' && /sarangbang\.db/.test(message) && !/sarangbang\.lock/.test(message),
    );
  });
}

for (const file of ['resume.key', 'sarangbang.db', 'sarangbang.lock']) {
  for (const mode of [0o666, 0o644, 0o640, 0o604, 0o777]) {
    test(`takes others' access to ${file} of mode ${mode.toString(8)} away, and logs it`, async (t) => {
      const dataDir = await makeUsed(t);
      await chmod(join(dataDir, file), mode);
      const { backend, lines } = await openBackend(dataDir);
      assert.equal(await modeOf(join(dataDir, file)), (mode & 0o700).toString(8));
      assert.equal(lines.length, 1, lines.join(''));
      assert.match(lines[0] ?? '', new RegExp(`${file.replace('.', '\\.')} in DATA_DIR had mode ${mode.toString(8)}`));
      assert.equal(/remove the file, and the server makes a new one/.test(lines[0] ?? ''), file === 'resume.key');
      await backend.close();
      const again = await openBackend(dataDir);
      assert.deepEqual(again.lines, []);
      await again.backend.close();
    });
  }
}

test('warns of a directory that others may write to, and leaves it and foreign files alone', async (t) => {
  for (const [mode, warned] of [
    [0o777, true],
    [0o770, true],
    [0o755, false],
    [0o1777, false],
    [0o700, false],
  ] as const) {
    const dataDir = await makeUsed(t);
    await writeFile(join(dataDir, 'theirs'), 'x');
    await chmod(join(dataDir, 'theirs'), 0o666);
    await chmod(dataDir, mode);
    const { backend, lines } = await openBackend(dataDir);
    assert.equal(lines.length, warned ? 1 : 0, lines.join(''));
    if (warned) assert.match(lines[0] ?? '', /DATA_DIR has mode 77[70]: other users may replace/);
    assert.deepEqual(
      [await modeOf(dataDir), await modeOf(join(dataDir, 'theirs'))],
      [(mode & 0o777).toString(8), '666'],
    );
    await backend.close();
  }
});

test('guards a key behind a link in its place', async (t) => {
  const [dataDir, elsewhere] = [await makeUsed(t), await makeDirectory(t)];
  await writeFile(join(elsewhere, 'key'), await readFile(join(dataDir, 'resume.key')));
  await chmod(join(elsewhere, 'key'), 0o644);
  await rm(join(dataDir, 'resume.key'));
  await symlink(join(elsewhere, 'key'), join(dataDir, 'resume.key'));
  const { backend, lines } = await openBackend(dataDir);
  assert.equal(await modeOf(join(elsewhere, 'key')), '600');
  assert.equal(lines.length, 1);
  await backend.close();
});
