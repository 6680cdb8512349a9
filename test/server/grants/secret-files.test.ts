/** Settings such as `TOKEN_SECRET_FILE`, which name a file with the secret: what is read, refused and warned of. */
import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../../server/config/config.ts';
import { SECRET_VARIABLES } from '../../../server/config/config.ts';
import { describeSecretFlags, expandSecretFiles } from '../../../server/config/secret-files.ts';
import { makeDirectory } from '../../support/server/backends.ts';

const SECRET = 'a secret of at least thirty-two characters';

const TEXTS: [written: string, read: string][] = [
  [SECRET, SECRET],
  [`${SECRET}\n`, SECRET],
  [`${SECRET}\r\n`, SECRET],
  [`${SECRET}\n\n\n`, SECRET],
  [`${SECRET}\nsecond\n`, `${SECRET}\nsecond`],
  [` ${SECRET} \n`, ` ${SECRET} `],
  [`\uFEFF${SECRET}\n`, SECRET],
];

test('reads each secret from a file, without the line breaks at its end', async (t) => {
  const directory = await makeDirectory(t);
  const path = join(directory, 'secret');
  const link = join(directory, 'link');
  await symlink(path, link);
  for (const variable of SECRET_VARIABLES) {
    for (const [written, read] of TEXTS) {
      await writeFile(path, written, { mode: 0o600 });
      for (const given of [path, link]) {
        const { environment, warnings } = expandSecretFiles({ [`${variable}_FILE`]: given, [variable]: '', PORT: '1' });
        assert.deepEqual(environment, { [variable]: read, PORT: '1' });
        assert.deepEqual(warnings, []);
      }
    }
  }
  await writeFile(path, 'redis://localhost:1\n');
  assert.equal(readConfig([], expandSecretFiles({ REDIS_URL_FILE: path }).environment).redisUrl, 'redis://localhost:1');
});

test('refuses two sources, an empty file and an unreadable one, without telling the secret', async (t) => {
  const directory = await makeDirectory(t);
  const write = async (name: string, text: string) => {
    await writeFile(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const good = await write('good', SECRET);
  await mkdir(join(directory, 'folder'));
  await symlink(join(directory, 'nowhere'), join(directory, 'dangling'));
  const bad: [path: string, said: RegExp][] = [
    [await write('empty', ''), /which is empty/],
    [await write('blank', ' \n\r\n'), /which is empty/],
    [join(directory, 'missing'), /cannot be read \(ENOENT\)/],
    [join(directory, 'dangling'), /cannot be read \(ENOENT\)/],
    [join(directory, 'folder'), /cannot be read \(EISDIR\)/],
  ];
  for (const variable of SECRET_VARIABLES) {
    const both = { [variable]: SECRET, [`${variable}_FILE`]: good };
    const refusals: [environment: Record<string, string>, said: RegExp][] = [
      [both, /both set/],
      ...bad.map(([path, said]) => [{ [`${variable}_FILE`]: path }, said] as [Record<string, string>, RegExp]),
    ];
    for (const [environment, said] of refusals) {
      assert.throws(
        () => expandSecretFiles(environment),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, said);
          assert.match(error.message, new RegExp(`${variable}_FILE`));
          assert.ok(!error.message.includes(SECRET) && !error.message.includes('\n'), error.message);
          return true;
        },
      );
    }
  }
  for (const variable of ['TOKEN_SECRET_FILE', 'TOKEN_PUBLIC_KEY_FILE', 'TURN_SECRET_FILE', 'REDIS_URL_FILE'])
    assert.throws(() => expandSecretFiles({ [variable]: '' }), /is empty/);
});

test('warns of a file that others may read or change, and of a secret in the arguments', async (t) => {
  const path = join(await makeDirectory(t), 'secret');
  await writeFile(path, SECRET);
  for (const [mode, count] of [
    [0o600, 0],
    [0o400, 0],
    [0o440, 0],
    [0o640, 0],
    [0o644, 1],
    [0o444, 1],
    [0o660, 1],
    [0o666, 1],
    [0o602, 1],
  ] as const) {
    await chmod(path, mode);
    const { warnings } = expandSecretFiles({ TOKEN_SECRET_FILE: path });
    assert.equal(warnings.length, count, mode.toString(8));
    assert.ok(warnings.every((line) => line.includes('TOKEN_SECRET_FILE') && !line.includes(SECRET)));
  }
  const flags: [args: string[], count: number][] = [
    [['--token-secret', SECRET], 1],
    [[`--turn-secret=${SECRET}`, '--redis-url', `redis://:${SECRET}@x`], 2],
    [['token', '--room', 'a', '--token-secret', SECRET], 1],
    [['--port', '0', '--token-public-key', 'x'], 0],
    [[], 0],
  ];
  for (const [args, count] of flags) {
    const lines = describeSecretFlags(args);
    assert.equal(lines.length, count, args.join(' '));
    assert.ok(lines.every((line) => line.includes('_FILE') && !line.includes(SECRET)));
  }
});
