/**
 * The findings of `sarangbang check`, and the table that it prints.
 *
 * Owns the form of both. Does not own the checks: each part has a file of its own beside this one.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';

/** The parts of the table, in its order. */
export type Part = 'settings' | 'store' | 'permissions' | 'clock' | 'turn' | 'proxy';

export interface Finding {
  part: Part;
  /** Only `wrong` makes the command fail. `-` marks what was not checked, and says why. */
  verdict: 'ok' | 'warning' | 'wrong' | '-';
  /** One line, without secrets. */
  text: string;
}

/** A row for each finding, and a last line with the number of wrong ones. */
export function printFindings(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ part, verdict, text }) => `${verdict.padEnd(7)}  ${part.padEnd(11)}  ${text.replace(/\s*\n\s*/g, ' ')}\n`,
  );
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
  const sum = wrong === 0 ? 'Nothing is wrong.' : `${wrong} of ${findings.length} ${wrong === 1 ? 'is' : 'are'} wrong.`;
  return `${rows.join('')}\n${sum}\n`;
}

export interface HeardLog {
  log: Logger;
  /** The lines so far, as findings. */
  findings(part: Part): Finding[];
}

const WARN = 40;

/** A log whose lines become findings: a warning of a start is a warning of the check. */
export function createHeardLog(): HeardLog {
  const lines: { level: number; msg: string }[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as { level: number; msg: string }) };
  return {
    log: pino({ base: null }, stream),
    findings: (part) =>
      lines.map(({ level, msg }) => ({
        part,
        verdict: level >= WARN ? 'warning' : 'ok',
        text: `a start would say: ${msg}`,
      })),
  };
}
