/**
 * What a server must survive: invalid commands, packets that break the protocol, requests that break HTTP. The same for
 * the same seed.
 */
import type { CommandName } from '../../../server/protocol.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** Values as JSON, because some of them exist only as text. */
const JUNK: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1e308',
  '-0',
  '1.5',
  '9007199254740993',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e"',
  '"a"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"hasOwnProperty"',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1}',
  '{"toJSON":"x"}',
  '{"length":1e9}',
  '{"then":"x"}',
  '{"_placeholder":true,"num":0}',
  '{"_placeholder":true,"num":-1}',
  '{"type":"Buffer","data":[1,2]}',
  nested('[', ']', 1_000),
  nested('{"a":', '}', 1_000),
  nested('{"__proto__":', '}', 100),
  `"${'x'.repeat(5_000)}"`,
  `"${'가'.repeat(500)}"`,
  `[${'0,'.repeat(500)}0]`,
  `{${Array.from({ length: 100 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
];

/** Fields that some command reads, with a valid value. */
const FIELDS: Record<string, string> = {
  room: '"fuzz"',
  rooms: '["fuzz"]',
  displayName: '"Mallory"',
  token: '"x"',
  unlisted: 'true',
  after: '"0"',
  before: '"0"',
  limit: '5',
  clientId: '"c"',
  text: '"hello"',
  to: '"00000000-0000-4000-8000-000000000000"',
  id: '"m"',
  joinId: '"j"',
  tracks: '[]',
  receivesVideo: 'true',
  link: '"l"',
  signal: '{}',
  locked: 'false',
  on: 'true',
  emoji: '"👋"',
  what: '"camera"',
  who: '"moderators"',
  send: '"x"',
  want: '9',
  participantId: '"00000000-0000-4000-8000-000000000000"',
};
const NAMES = Object.keys(FIELDS);

/** The longest frame that is made here. The server closes a connection that sends more than 65,536 bytes at once. */
const FRAME_BYTES = 60_000;
const ACK_IDS = ['', '', '0', '7', '4294967296', '99999999999999999999', '00'];

/** Packets of Socket.IO with known or unknown commands, which its parser accepts: none of them may end a connection. */
export function createCommandFrames(commands: readonly CommandName[], random: () => number): () => string {
  const pick = <Value>(from: readonly Value[]): Value => from[Math.floor(random() * from.length)] as Value;
  const payload = (): string => {
    if (random() < 0.25) return pick(JUNK);
    const fields = NAMES.filter(() => random() < 0.4).map(
      (name) => `"${name}":${random() < 0.5 ? pick(JUNK) : FIELDS[name]}`,
    );
    if (random() < 0.1) fields.push(`"__proto__":${pick(JUNK)}`);
    return `{${fields.join(',')}}`;
  };
  const frame = (): string => {
    const name =
      random() < 0.93
        ? pick(commands)
        : pick(['', 'nonsense', 'toString', '__proto__', 'constructor', 'session:ready', 'error', 'x'.repeat(500)]);
    const args = Array.from({ length: pick([0, 1, 1, 1, 1, 1, 2, 5]) }, payload);
    return `42${pick(ACK_IDS)}${JSON.stringify([name]).slice(0, -1)}${args.map((arg) => `,${arg}`).join('')}]`;
  };
  return () => {
    for (;;) {
      const text = frame();
      if (Buffer.byteLength(text) <= FRAME_BYTES) return text;
    }
  };
}

/**
 * Frames that the protocol forbids, one after another on one connection; each may end it. A list is one packet in
 * several frames.
 */
export const BROKEN_FRAMES: readonly (string | Buffer | readonly (string | Buffer)[])[] = [
  // Not Engine.IO, or in the wrong direction.
  '',
  'x',
  '7',
  '9',
  ' ',
  '0',
  '0{}',
  '1',
  '2',
  '2probe',
  '3',
  '3probe',
  '5',
  '6',
  'b',
  'bAQID',
  'b!!!!',
  '\u0000',
  Buffer.alloc(0),
  Buffer.from([4]),
  Buffer.alloc(1_000, 255),
  // Not Socket.IO.
  '4',
  '4x',
  '47',
  '48{}',
  '49',
  '4-1',
  '42',
  '42{}',
  '42[]',
  '42[',
  '42]',
  '42null',
  '42"x"',
  '421',
  '42[1]x',
  '42[null]',
  '42[5,{}]',
  '42[true]',
  '42[{}]',
  '42[[]]',
  '42-1["x"]',
  '421e9["x"]',
  // Names that belong to the library.
  '42["connect"]',
  '42["connect_error"]',
  '42["disconnect",{}]',
  '42["disconnecting"]',
  '42["newListener",1]',
  '42["removeListener",1]',
  '42["error",{}]',
  '42["error"]',
  // Socket.IO's packets to connect, to disconnect and to answer, where nothing asked for them.
  '40',
  '40{}',
  '40[]',
  '40"x"',
  '40null',
  '40{"version":-1}',
  '40{"__proto__":{"x":1}}',
  '41',
  '41{}',
  '41,',
  '43',
  '43[]',
  '430[]',
  '431[{}]',
  '43-1[]',
  '4399999999999999999999[]',
  '44',
  '44{}',
  '44{"message":"x"}',
  '44"x"',
  '442["some","data"]',
  // Namespaces.
  '4/other',
  '40/other,{}',
  '40/,',
  '40/admin,{"x":1}',
  '42/other,["x"]',
  '42/other,7["room:join",{}]',
  '41/other,',
  `40/${'x'.repeat(10_000)},`,
  '40/__proto__,',
  '40/constructor,{}',
  '42/,["x"]',
  '40//,',
  '40/?a=b,{}',
  // Attachments that never arrive, arrive too often, or are not where the packet says.
  '45',
  '45-',
  '451-',
  '451-["x"]',
  '451-["chat:send",{"_placeholder":true,"num":9}]',
  '450-["x"]',
  '45-1-["x"]',
  '451e3-["x"]',
  '4599999999-["x",{"_placeholder":true,"num":0}]',
  `45${'9'.repeat(10_000)}-["x"]`,
  '46',
  '461-[]',
  '461-7[{"_placeholder":true,"num":0}]',
  ['451-["x",{"_placeholder":true,"num":0}]', '42["room:join",{}]'],
  ['452-["x",{"_placeholder":true,"num":0}]', Buffer.from('a'), '3'],
  [Buffer.from('a'), Buffer.from('b')],
  ['451-["room:join",{"_placeholder":true,"num":0}]', Buffer.from('a')],
  ['451-["room:join",{"room":{"_placeholder":true,"num":0}}]', Buffer.alloc(60_000)],
  // Published attacks on Socket.IO and its parts. CVE-2022-2421: a placeholder that names a method of the list of
  // attachments.
  ...['"splice"', '"__proto__"', '"length"', '"constructor"', '-1', '1.5', '1e3', 'null', '{}', '[]'].map((num) => [
    `451-["room:join",{"_placeholder":true,"num":${num}}]`,
    Buffer.from('a'),
  ]),
  // CVE-2023-32695: a name that cannot be converted to text.
  '42[{"toString":"x"}]',
  '42[{"toString":{}}]',
  '42[{"toString":null,"valueOf":null}]',
  '42[["__proto__"]]',
  '42[{"__proto__":null}]',
  '42[{"length":1}]',
  // CVE-2024-38355: errors as packets. CVE-2020-36049: endless digits, of attachments and of ids.
  '44{"error":1}',
  '44["x"]',
  `42${'1'.repeat(50_000)}["x"]`,
  `43${'1'.repeat(50_000)}[]`,
  `4${'5'.repeat(50_000)}`,
  `42["x",${nested('[', ']', 20_000)}]`,
  // Longer than a frame may be.
  `42["room:join",{"room":"${'x'.repeat(70_000)}"}]`,
  Buffer.alloc(70_000),
  `40{"resumeToken":"${'x'.repeat(70_000)}"}`,
];

const upgrade = (path: string, more = '') =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (path: string, body: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const ENGINE = '/socket.io/?EIO=4&transport=';
/** A WebSocket frame, masked with zeros. */
const frame = (first: number, payload: Buffer = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload]);

/** Written to a bare TCP connection, which is then reset. */
export const BROKEN_REQUESTS: readonly (string | Buffer)[] = [
  // CVE-2022-41940 and before: an invalid upgrade, reset at once. CVE-2023-31125: transports named like built-in
  // properties.
  upgrade('/socket.io/'),
  upgrade(`${ENGINE}websocket`).replace('websocket\r\nSec', 'h2c\r\nSec'),
  upgrade('/elsewhere'),
  upgrade(`${ENGINE}polling`),
  upgrade(`${ENGINE}websocket&sid=none`),
  upgrade(`${ENGINE}webtransport`),
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'webtransport', '', 'websocket', '%00', '%'].map(
    (transport) => get(ENGINE + transport),
  ),
  get('/socket.io/?EIO=3&transport=polling'),
  get('/socket.io/?EIO=x&transport=polling'),
  get('/socket.io/?EIO=4&EIO=4&transport=polling&transport=websocket'),
  get(`${ENGINE}polling&sid=__proto__`),
  get(`${ENGINE}polling&sid=constructor&j=1`),
  get(`${ENGINE}polling&j=x%0aalert(1)`),
  upgrade(`${ENGINE}websocket&sid=__proto__`),
  upgrade(`${ENGINE}websocket`, 'Sec-WebSocket-Extensions: permessage-deflate; x=y; ;;\r\n'),
  upgrade(`${ENGINE}websocket`, `Sec-WebSocket-Protocol: ${'a,'.repeat(500)}\r\n`),
  upgrade(`${ENGINE}websocket`).replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'),
  upgrade(`${ENGINE}websocket`).replace('13', '7'),
  upgrade(`${ENGINE}websocket`).replace('GET', 'POST'),
  // CVE-2024-37890: more headers than a server counts.
  upgrade(`${ENGINE}websocket`, Array.from({ length: 2_500 }, (_, index) => `X${index}:\r\n`).join('')),
  // CVE-2022-21676: bits that must be clear; then invalid opcodes, fragments, lengths and closes.
  ...[
    frame(0xb1),
    frame(0xc1),
    frame(0x83),
    frame(0x8b),
    frame(0x80),
    frame(0x01),
    frame(0x09),
    frame(0x88, Buffer.from([0])),
    frame(0x88, Buffer.from([0, 1])),
    frame(0x81, Buffer.from([0xff, 0xfe])),
    Buffer.from([0x81, 0x05]),
    Buffer.from([0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]),
    Buffer.from([0x82, 0xfe, 255, 255]),
  ].map((bytes) => Buffer.concat([Buffer.from(upgrade(`${ENGINE}websocket`)), bytes])),
  // CVE-2020-36048: long polling with bodies that are too long, missing, or not what they say.
  post(`${ENGINE}polling`, '40'),
  post(`${ENGINE}polling&sid=none`, '40'),
  post(`${ENGINE}polling`, 'x'.repeat(70_000)),
  `POST ${ENGINE}polling HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n`,
  `POST ${ENGINE}polling HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n40`,
  `OPTIONS ${ENGINE}polling HTTP/1.1\r\nHost: a\r\nOrigin: null\r\n\r\n`,
  `PUT ${ENGINE}polling HTTP/1.1\r\nHost: a\r\n\r\n`,
  'GET /socket.io HTTP/1.1\r\n\r\n',
  'GET * HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET // HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /%ff%fe HTTP/1.1\r\nHost: [\r\n\r\n',
  // The other paths of the server.
  get('/api/rooms/%E0%A4%A/participants'),
  get('/api/rooms/__proto__/participants', 'Authorization: Bearer x.y.z\r\n'),
  post('/api/announcements', '{"text":', 'Authorization: Bearer x\r\n'),
  post('/api/revocations', nested('[', ']', 20_000)),
  get('/api/rooms', `Origin: ${'x'.repeat(5_000)}\r\n`),
  get('/', `If-None-Match: ${'"x",'.repeat(1_000)}\r\n`),
  get('/', `Accept-Encoding: ${'x;q=2,'.repeat(500)}\r\n`),
  get('/socket.io/socket.io.js.map/../../../../package.json'),
  get('/metrics?a[__proto__]=1'),
  '\u0016\u0003\u0001',
  '\r\n\r\n',
  'HELO a\r\n',
  Buffer.alloc(100),
  `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
];
