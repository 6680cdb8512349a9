#!/usr/bin/env node
// The command `sarangbang`. It exists before the build, so that npm can link it when it installs a checkout, and `npm
// start` can say that the build is missing. With `ignore-scripts` npm makes no build.
import { existsSync } from 'node:fs';

const program = new URL('dist/node/index.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('sarangbang: the server is not built yet. Run in its checkout: npm run build\n');
  process.exitCode = 1;
}
