/** Commands that people are told to type: none has a name that is looked up in a package registry. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { read, root } from './syntax.ts';

/** Programs that fetch and run what is not installed, with the secrets of the shell they run in. */
const FETCHES =
  /\b(?:npx|bunx|(?:npm|pnpm|bun) (?:exec|x)|(?:pnpm|yarn) dlx)(?: -\S+)* (?:@\S+\/)?sarangbang(?:-server)?\b/;

/** Text about earlier versions keeps their commands. */
const HISTORY = ['CHANGELOG.md', 'test/house/commands.test.ts'];

test(
  'no document, message or test runs our commands by a name that is looked up in a registry',
  {
    skip: existsSync(join(root, '.git')) ? false : 'not a git checkout',
  },
  () => {
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    const texts = listed.split('\n').filter((path) => /\.(?:ts|mjs|js|json|md|html|yml|conf|service|cfg)$/.test(path));
    const found = texts
      .filter((path) => !HISTORY.includes(path) && existsSync(join(root, path)))
      .flatMap((path) =>
        read(path)
          .split('\n')
          .filter((line) => FETCHES.test(line))
          .map((line) => `${path}: ${line.trim()}`),
      );
    assert.deepEqual(found, []);
    const examples = [
      'npx sarangbang token',
      'npx --no-install sarangbang',
      'npx -y sarangbang-server',
      'npm exec sarangbang',
      'pnpm dlx sarangbang-server',
    ];
    for (const example of examples) assert.match(example, FETCHES);
    for (const example of ['npx tsc', 'npm install sarangbang', 'node_modules/.bin/sarangbang'])
      assert.doesNotMatch(example, FETCHES);
  },
);
