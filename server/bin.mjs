#!/usr/bin/env node
// Is there before the build, so that npm can link the command when it installs a checkout, and `npm start` can say that
// there is no build: where npm runs no scripts (`ignore-scripts`), nothing makes one.
import { existsSync } from 'node:fs';

const program = new URL('dist/node/index.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('sarangbang: the server is not built yet. Run in its checkout: npm run build\n');
  process.exitCode = 1;
}
