/**
 * Writes figures into the documents: a chapter of `RESULTS.md` beside this file, and a chapter of the README. Markers
 * enclose each chapter, so that the next run replaces it and keeps the rest.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const README = fileURLToPath(new URL('../../README.md', import.meta.url));
/** New chapters of figures are written before this heading of the README. */
const README_NEXT = '## Sizes';

const OPENING = `# Results of the benches

\`npm run bench -- NAME --write\` writes this file. Each chapter is of one run, which its first line describes. Figures
that miss a target, or are worse than a peer's, are shown as well.
`;

/**
 * Replaces the chapter between the markers of `name`. A text without them gets the chapter before the line `next`, or
 * at its end.
 */
export function withChapter(text: string, name: string, chapter: string, next?: string): string {
  const begin = `<!-- bench: ${name} -->`;
  const end = `<!-- end of bench: ${name} -->`;
  const whole = `${begin}\n${chapter.trim()}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from >= 0 && to > from) return text.slice(0, from) + whole + text.slice(to + end.length);
  const place = next === undefined ? -1 : text.indexOf(`\n${next}\n`);
  if (place >= 0) return `${text.slice(0, place + 1)}${whole}\n${text.slice(place)}`;
  return `${text.trimEnd()}\n\n${whole}\n`;
}

/** The machine and the date of a run, as one paragraph. @param versions of the programs that were measured */
export function describeRun(rounds: number, versions: Record<string, string>): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return wrap(
    `${date}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; ${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ` +
      `${memory}; Node ${process.versions.node}, ${named.join(', ')}.`,
  );
}

/** Breaks a paragraph into lines of at most 118 columns. A link and a piece of code stay on one line. */
export function wrap(paragraph: string): string {
  const lines = [''];
  const words = paragraph.match(/(?:\[[^\]]*\]\([^)]*\)|`[^`]*`|\S)+/g) ?? [];
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > 118) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}

/** Writes a chapter of the results. */
export function writeResults(name: string, chapter: string): void {
  const text = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : OPENING;
  writeFileSync(RESULTS, withChapter(text, name, chapter));
}

/** Writes a chapter of the README. */
export function writeReadme(name: string, chapter: string): void {
  writeFileSync(README, withChapter(readFileSync(README, 'utf8'), name, chapter, README_NEXT));
}

/** Writes a picture beside the results. */
export function writePlot(file: string, svg: string): void {
  writeFileSync(fileURLToPath(new URL(file, import.meta.url)), svg);
}
