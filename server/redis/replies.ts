/** The forms of replies that several functions of Redis share, as schemas that also turn them into named values. */
import * as v from 'valibot';

export const string = v.string();
export const strings = v.array(v.string());
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const truth = v.pipe(
  v.picklist([0, 1]),
  v.transform((value) => value === 1),
);
/** The reply of a function of whose reply nothing is used. */
export const ignored = v.pipe(
  v.unknown(),
  v.transform(() => undefined),
);

/** A hash, or a sorted set with scores, as Lua answers it: one list, in which each name is followed by its value. */
export const pairs = v.pipe(
  strings,
  v.check((flat) => flat.length % 2 === 0, 'an even number of items'),
  v.transform((flat) => flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []))),
);

export const removal = v.pipe(
  v.tupleWithRest([truth, count], string),
  v.transform(([isRemoved, n, ...ended]) => ({ isRemoved, n, ended })),
);
export const roomNumber = v.pipe(
  v.strictTuple([count]),
  v.transform(([n]) => n),
);
export const roomNumbers = v.pipe(
  v.array(v.union([string, count])),
  v.transform((flat) =>
    flat.flatMap((room, i) => (i % 2 === 0 ? [{ room: String(room), n: Number(flat[i + 1]) }] : [])),
  ),
);
export const entered = v.pipe(
  v.array(v.union([string, count])),
  v.check((flat) => flat.every((value, i) => typeof value === (i % 2 === 0 ? 'number' : 'string')), 'number and flag'),
  v.transform((flat) =>
    flat.flatMap((n, i) => (i % 2 === 0 ? [{ n: Number(n), isUnlisted: flat[i + 1] === '1' }] : [])),
  ),
);
export const page = v.pipe(
  v.strictTuple([truth, v.array(v.nullable(string))]),
  v.transform(([hasOlder, texts]) => ({ hasOlder, newestFirst: texts.filter((one) => one !== null) })),
);
export const step = v.strictTuple([string, truth]);

export const loadedRoom = v.pipe(
  v.strictTuple([string, count, v.nullable(string), v.nullable(string), pairs, strings, pairs, string]),
  v.transform(([epoch, n, locked, unlisted, members, missed, waiting, restricted]) => ({
    epoch,
    n,
    isLocked: locked === '1',
    isUnlisted: unlisted === '1',
    members,
    missed,
    waiting,
    restricted,
  })),
);

/** What a process must know to show a room. */
export type LoadedRoom = v.InferOutput<typeof loadedRoom>;
