/**
 * The cost of one change of the public list that 500 clients watch, with 5,000 rooms and with 100. Figures are bytes
 * and CPU of the server, beside a bare Socket.IO server that sends the whole list:
 *
 * ```
 * node --import tsx test/bench/room-list.bench.ts [rounds] [changes a round]
 * ```
 */
import { judge, median, printTable, spread } from './figures.ts';
import { startBare, startOurs } from './measured-server.ts';
import type { MeasuredServer } from './measured-server.ts';
import { openClients } from './thin-client.ts';
import type { ThinClient } from './thin-client.ts';

const TARGET_BYTES = 1.1;
const TARGET_CPU = 1.3;
const ROUNDS = Number(process.argv[2] ?? 6);
const CHANGES = Number(process.argv[3] ?? 20);
/** Few, because the bare server sends a quarter of a gigabyte for each change. */
const BARE_CHANGES = 2;
const VIEWERS = 500;
const SIZES = [100, 5_000] as const;
const ROOMS_OF_ONE = 50;

interface Side {
  server: MeasuredServer;
  rooms: number;
  changes: number;
  viewers: ThinClient[];
  visitor: ThinClient;
  bytes: number[];
  cpuMs: number[];
}

async function setUp(server: MeasuredServer, rooms: number, changes: number): Promise<Side> {
  const owners = await openClients(server, rooms / ROOMS_OF_ONE);
  for (const [owner, client] of owners.entries()) {
    await client.request('room:join', {
      rooms: Array.from(
        { length: ROOMS_OF_ONE },
        (_, index) => `room ${String(owner * ROOMS_OF_ONE + index).padStart(4, '0')}`,
      ),
    });
  }
  const viewers = await openClients(server, VIEWERS, owners.length);
  for (const viewer of viewers) await viewer.request('room:watch', {});
  const [visitor] = await openClients(server, 1, owners.length + VIEWERS);
  if (!visitor) throw new Error('there is no visitor');
  return { server, rooms, changes, viewers, visitor, bytes: [], cpuMs: [] };
}

/** Resolves when each of the viewers has received one more change. */
function allTold(viewers: readonly ThinClient[]): Promise<void> {
  return new Promise((resolve) => {
    let missing = viewers.length;
    for (const viewer of viewers) {
      viewer.onFact = (text) => {
        if (!text.startsWith('["rooms:changed"')) return;
        viewer.onFact = null;
        if (--missing === 0) resolve();
      };
    }
  });
}

const received = (viewers: readonly ThinClient[]) => viewers.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);

/** A participant enters and leaves; each is one change. */
async function runRound({ server, changes, viewers, visitor, bytes, cpuMs }: Side, counts: boolean): Promise<void> {
  const [bytesBefore, cpuBefore] = [received(viewers), await server.cpu()];
  for (let index = 0; index < changes; index++) {
    const told = allTold(viewers);
    await visitor.request(index % 2 === 0 ? 'room:join' : 'room:leave', { room: 'room 0042' });
    await told;
  }
  if (!counts) return;
  cpuMs.push(((await server.cpu()) - cpuBefore) / changes / 1_000);
  bytes.push((received(viewers) - bytesBefore) / changes / VIEWERS);
}

const sides: Side[] = [];
for (const rooms of SIZES)
  sides.push(await setUp(await startOurs(), rooms, CHANGES), await setUp(await startBare('list'), rooms, BARE_CHANGES));
for (let round = -1; round < ROUNDS; round++) {
  for (const side of round % 2 === 0 ? sides.toReversed() : sides) await runRound(side, round >= 0);
}

const [oursFew, bareFew, oursMany, bareMany] = sides;
const ratio = (many: Side | undefined, few: Side | undefined, field: 'bytes' | 'cpuMs') =>
  median(many?.[field] ?? []) / median(few?.[field] ?? []);
judge('bytes of a change for one viewer, 5,000 rooms to 100', ratio(oursMany, oursFew, 'bytes'), TARGET_BYTES);
judge('CPU of a change, 5,000 rooms to 100', ratio(oursMany, oursFew, 'cpuMs'), TARGET_CPU);
console.log(`\none change of the list, ${VIEWERS} viewers, ${ROUNDS} rounds: median (from, to)`);
printTable(
  ['server', 'rooms', 'bytes a viewer', 'ms of server CPU'],
  sides.map((side) => [side.server.name, String(side.rooms), spread(side.bytes, 0), spread(side.cpuMs, 1)]),
);
printTable(
  ['5,000 rooms to 100', 'bytes', 'CPU'],
  [['sarangbang', oursMany, oursFew] as const, ['bare, the whole list', bareMany, bareFew] as const].map(
    ([name, many, few]) => [name, ratio(many, few, 'bytes').toFixed(2), ratio(many, few, 'cpuMs').toFixed(2)],
  ),
);
await Promise.all(sides.map(({ server }) => server.stop()));
process.exit();
