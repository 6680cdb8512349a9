/**
 * What `sarangbang check` finds, and the table that it prints.
 *
 * Owns the form of both. Does not own what is looked at: each part has a file of its own beside this one.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';

/** The parts of the table, in its order. */
export type Part = 'settings' | 'store' | 'permissions' | 'clock' | 'turn' | 'proxy';

export interface Finding {
  part: Part;
  /** `wrong` alone makes the command fail; `-` says what was not looked at, and why. */
  verdict: 'ok' | 'warning' | 'wrong' | '-';
  /** One line, without a secret. */
  text: string;
}

/** A row for each finding, and a last line that says how many are wrong. */
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
  /** What was written so far, as findings. */
  findings(part: Part): Finding[];
}

const WARN = 40;

/** A log whose lines become findings: what a start would warn of is a warning here. */
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
