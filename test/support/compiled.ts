/**
 * Programs of the tests, which Node runs compiled where the whole run is, and else from their sources by tsx.
 * `compiled-tests.mjs` compiles them.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { SARANGBANG_COMPILED: directory } = process.env;

/** The compiled form of a source; the source itself if there is none. */
function compiledOf(source: string): string {
  const compiled = directory && join(directory, source).replace(/\.ts$/, '.mjs');
  return compiled && existsSync(compiled) ? compiled : source;
}

/** What Node needs to run a program, which may be a source. @param program relative to the root */
export function programArguments(program: string): string[] {
  const file = compiledOf(program);
  return file.endsWith('.ts') ? ['--import', 'tsx', file] : [file];
}

/** Whether the module of this URL is the program that runs. */
export function isProgram(url: string): boolean {
  const source = fileURLToPath(url);
  return process.argv[1] === source || process.argv[1] === compiledOf(relative(root, source));
}
