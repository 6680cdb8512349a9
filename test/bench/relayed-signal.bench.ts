/**
 * CPU of the server for one relayed signal with all its checks and counters (schema, grant, membership, rate, figures),
 * beside a bare Socket.IO relay with the same bytes on the wire:
 *
 * ```
 * node --import tsx test/bench/relayed-signal.bench.ts [rounds] [signals a round]
 * ```
 */
import { judge, median, printTable, spread } from './figures.ts';
import { startBare, startOurs } from './measured-server.ts';
import type { MeasuredServer } from './measured-server.ts';
import { openClients } from './thin-client.ts';
import type { ThinClient } from './thin-client.ts';

const TARGET_RATIO = 1.5;
const ROUNDS = Number(process.argv[2] ?? 6);
const PER_ROUND = Number(process.argv[3] ?? 10_000);
const CALLS = 50;
const IN_A_CALL = 4;

/** Samples of the signals of a call: a short one and a long one. Most signals are candidates. */
const SIGNALS = {
  candidate: {
    kind: 'candidate',
    candidate: {
      candidate:
        'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.168.1.4 rport 46154 ' +
        'generation 0 ufrag xxxx network-cost 999',
      sdpMid: '0',
      sdpMLineIndex: 0,
      usernameFragment: 'xxxx',
    },
  },
  description: {
    kind: 'description',
    type: 'offer',
    sdp: 'a=rtpmap:111 opus/48000/2\r\n'.repeat(150),
    offer: 1,
    past: 0,
    tracks: [
      { mid: '0', source: 'microphone' },
      { mid: '1', source: 'camera' },
    ],
  },
} as const;
type SignalKind = keyof typeof SIGNALS;

interface Side {
  server: MeasuredServer;
  /** The clients of each call. */
  calls: ThinClient[][];
}

async function setUp(server: MeasuredServer): Promise<Side> {
  const clients = await openClients(server, CALLS * IN_A_CALL);
  const calls = Array.from({ length: CALLS }, (_, index) => clients.slice(index * IN_A_CALL, (index + 1) * IN_A_CALL));
  if (server.greets) {
    for (const [index, members] of calls.entries()) {
      for (const member of members) await member.request('room:join', { room: `call ${index}` });
      for (const member of members) await member.request('call:join', { room: `call ${index}`, joinId: member.id });
    }
  }
  return { server, calls };
}

/** Each participant sends to the others of its call, one signal after another. Returns microseconds of CPU for one. */
async function sendAll({ server, calls }: Side, kind: SignalKind): Promise<number> {
  const each = Math.ceil(PER_ROUND / (CALLS * IN_A_CALL));
  let heard = 0;
  for (const client of calls.flat())
    client.onFact = (text) => void (heard += text.startsWith('["signal:received"') ? 1 : 0);
  const before = await server.cpu();
  await Promise.all(
    calls.flatMap((members, call) =>
      members.map(async (member, place) => {
        for (let index = 0; index < each; index++) {
          const to = members[(place + 1 + (index % (IN_A_CALL - 1))) % IN_A_CALL];
          await member.request('signal:send', {
            room: `call ${call}`,
            to: to?.id,
            link: `${member.id}.${to?.id}.0`,
            signal: SIGNALS[kind],
          });
        }
      }),
    ),
  );
  const used = (await server.cpu()) - before;
  const sent = each * CALLS * IN_A_CALL;
  if (heard !== sent) throw new Error(`${server.name}: ${sent} signals were sent and ${heard} arrived`);
  return used / sent;
}

const ours = await setUp(await startOurs());
const bare = await setUp(await startBare('relay'));
const kinds = Object.keys(SIGNALS) as SignalKind[];
const rows: string[][] = [];
for (const kind of kinds) {
  const figures = { ours: [] as number[], bare: [] as number[], ratio: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    // In turns, so that other work of the machine affects both alike.
    const bareFirst = round % 2 === 0;
    const first = await sendAll(bareFirst ? bare : ours, kind);
    const second = await sendAll(bareFirst ? ours : bare, kind);
    // The first round only warms up the compiler.
    if (round < 0) continue;
    figures.ours.push(bareFirst ? second : first);
    figures.bare.push(bareFirst ? first : second);
    figures.ratio.push(bareFirst ? second / first : first / second);
  }
  rows.push([
    `${kind}, ${JSON.stringify(SIGNALS[kind]).length} characters`,
    spread(figures.bare, 1),
    spread(figures.ours, 1),
    spread(figures.ratio, 2),
  ]);
  judge(`CPU for a relayed ${kind}, to a bare relay`, median(figures.ratio), TARGET_RATIO);
}
console.log(`\nµs of server CPU for one signal and its answer, ${ROUNDS * PER_ROUND} of each: median (from, to)`);
printTable(['signal', bare.server.name, ours.server.name, 'ratio'], rows);
await Promise.all([ours.server.stop(), bare.server.stop()]);
process.exit();
