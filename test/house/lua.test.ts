/** The Lua of Redis, read by luacheck as Redis gets it: the files share one scope, so no file is right alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { LIBRARY, readLoneScript } from '../../server/redis/library.ts';

const options = ['--std', 'lua51', '--read-globals', 'redis', 'cjson', 'ARGV', '--no-max-line-length', '--no-color'];

/** What luacheck says about a text of Lua; '' if it finds nothing. */
function warningsOf(lua: string): string {
  const { status, stdout, stderr } = spawnSync('luacheck', [...options, '-'], { input: lua, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
}

const isMissing = spawnSync('luacheck', ['--version']).error !== undefined;

test(
  'luacheck finds nothing in the functions and scripts of Redis',
  { skip: isMissing ? 'luacheck is not installed (Debian: lua-check)' : false },
  () => {
    assert.match(warningsOf('local unused = missing'), /unused variable[^]*undefined variable/);
    // Lua 5.1 does not know the first line, with which Redis finds the name of the library.
    assert.equal(warningsOf(LIBRARY.source.replace(/^#!.*/, '')), '');
    assert.equal(warningsOf(readLoneScript('deliver').lua), '');
    assert.equal(warningsOf(readLoneScript('trial').lua), '');
  },
);
