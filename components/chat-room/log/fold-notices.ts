/**
 * Folds the notices of participants who came and left. Adjacent notices of one kind become one sentence. An absence of
 * less than a minute gets no notice, and neither does a visit of less than a minute without a message in between. Does
 * not change the messages. Holds no state.
 */
import type { Message } from '../../entities.ts';

/** A shorter absence or stay gets no notice. */
const BRIEF_MS = 60_000;

type Notice = 'came' | 'left';

/** A row of the log: a message, and for a notice all names of its sentence. */
export interface Row {
  readonly message: Message;
  readonly notice: Notice | null;
  readonly names: readonly string[];
}

/** The kind of a notice, from the first word of its id; `null` for other messages. */
function noticeOf({ kind, id }: Message): Notice | null {
  if (kind !== 'notice') return null;
  if (id.startsWith('came-')) return 'came';
  return id.startsWith('left-') ? 'left' : null;
}

interface Told {
  readonly message: Message;
  readonly notice: Notice;
  /** Number of messages before it. Notices about participants who came or left are not counted. */
  readonly said: number;
}

function cancels(before: Told | undefined, { message, notice, said }: Told): boolean {
  if (!before || before.notice === notice) return false;
  if (message.at.getTime() - before.message.at.getTime() >= BRIEF_MS) return false;
  return notice === 'came' || before.said === said;
}

/** Notices that cancel each other out. */
function findBrief(messages: readonly Message[]): ReadonlySet<Message> {
  const brief = new Set<Message>();
  const toldOf = new Map<string, Told[]>();
  let said = 0;
  for (const message of messages) {
    const notice = noticeOf(message);
    if (!notice) {
      said++;
      continue;
    }
    const told = toldOf.get(message.from.id) ?? [];
    toldOf.set(message.from.id, told);
    const next = { message, notice, said };
    if (cancels(told.at(-1), next)) brief.add(message).add(told.pop()!.message);
    else told.push(next);
  }
  return brief;
}

export function foldNotices(messages: readonly Message[]): readonly Row[] {
  const brief = findBrief(messages);
  const rows: (Row & { readonly names: string[] })[] = [];
  let ids = new Set<string>();
  for (const message of messages) {
    if (brief.has(message)) continue;
    const notice = noticeOf(message);
    const row = rows.at(-1);
    const { id, displayName } = message.from;
    const joins = notice && row?.notice === notice && row.message.at.toDateString() === message.at.toDateString();
    if (joins && ids.has(id)) continue;
    if (joins) row.names.push(displayName);
    else {
      ids = new Set();
      rows.push({ message, notice, names: notice ? [displayName] : [] });
    }
    ids.add(id);
  }
  return rows;
}
