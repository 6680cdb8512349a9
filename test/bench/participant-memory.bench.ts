/**
 * Heap and resident memory of the server for one participant in a room, beside a bare Socket.IO server with as many
 * sockets in as many rooms. Measures three waves of participants, and what remains when all are gone:
 *
 * ```
 * node --import tsx test/bench/participant-memory.bench.ts [participants] [seconds of forgetting]
 * ```
 *
 * All figures are read after a forced garbage collection. A participant's share is the growth since before the first
 * participant, so it includes the code that this one loads. What remains is compared with the server after one wave,
 * because it has not loaded all code before its first wave. The bench takes four minutes, mostly of waiting.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { judge, median, printTable, spread } from './figures.ts';
import { startBare, startOurs } from './measured-server.ts';
import type { MeasuredServer, Memory } from './measured-server.ts';
import { openClients } from './thin-client.ts';

const TARGET_RATIO = 1.6;
const TARGET_LEFT = 1.1;
const PARTICIPANTS = Number(process.argv[2] ?? 2_000);
/** As many as in a small call. Fewer would mean more rooms, which cost more. */
const IN_A_ROOM = 4;
const WAVES = 3;
/** After these seconds the server has forgotten all that it remembers for a time, up to the minute of some limits. */
const FORGETTING_S = Number(process.argv[3] ?? 65);
const FIELDS = ['heap', 'resident'] as const;

interface Side {
  server: MeasuredServer;
  /** Before the first participant. */
  fresh: Memory;
  /** While all were connected, for each wave. */
  full: Memory[];
}

/** A wave of participants joins, stays while it is measured, and leaves. */
async function runWave({ server, full }: Side): Promise<void> {
  const clients = await openClients(server, PARTICIPANTS);
  await Promise.all(
    clients.map((client, index) => client.request('room:join', { room: `room ${Math.floor(index / IN_A_ROOM)}` })),
  );
  full.push(await server.memory());
  await Promise.all(clients.map((client) => client.close()));
}

async function forgotten(sides: readonly Side[]): Promise<Memory[]> {
  await delay(FORGETTING_S * 1_000);
  return Promise.all(sides.map(({ server }) => server.memory()));
}

// `ROOM_LINGER` is how long the server keeps an empty room and its messages.
const servers = [await startBare('rooms'), await startOurs({ ROOM_LINGER: '1s' })];
const sides = await Promise.all(
  servers.map(async (server): Promise<Side> => ({ server, fresh: await server.memory(), full: [] })),
);
for (const side of sides) await runWave(side);
const start = await forgotten(sides);
for (let wave = 0; wave < WAVES; wave++)
  for (const side of wave % 2 === 0 ? sides.toReversed() : sides) await runWave(side);
const end = await forgotten(sides);

const each = ({ fresh, full }: Side, field: keyof Memory) =>
  full.slice(1).map((memory) => (memory[field] - fresh[field]) / PARTICIPANTS / 1024);
const mib = (memory: Memory | undefined, field: keyof Memory) => ((memory?.[field] ?? NaN) / 1024 / 1024).toFixed(1);
const rows: string[][] = [];
for (const field of FIELDS) {
  const [bare = [], ours = []] = sides.map((side) => each(side, field));
  const ratio = median(ours) / median(bare);
  rows.push([`${field}, KiB a participant`, spread(bare, 1), spread(ours, 1), ratio.toFixed(2)]);
  judge(`${field} of a participant, to a bare socket`, ratio, TARGET_RATIO);
}
for (const field of FIELDS) {
  const left = end.map((memory, index) => memory[field] / (start[index]?.[field] ?? NaN));
  rows.push([
    `${field}, MiB: fresh, after one wave, after ${WAVES + 1}`,
    ...sides.map(({ fresh }, index) =>
      [fresh, start[index], end[index]].map((memory) => mib(memory, field)).join(', '),
    ),
    '',
  ]);
  rows.push(['  after the waves, to the start', ...left.map((share) => share.toFixed(2)), '']);
  judge(`${field} after the waves, to the start`, left[1] ?? NaN, TARGET_LEFT);
}
console.log(`\n${PARTICIPANTS} participants in rooms of ${IN_A_ROOM}, ${WAVES} waves: median (from, to)`);
printTable(['memory', ...servers.map(({ name }) => name), 'ratio'], rows);
await Promise.all(servers.map((server) => server.stop()));
process.exit();
