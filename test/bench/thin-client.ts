/**
 * The part of a Socket.IO client that puts load on a server: WebSocket text frames in one namespace. It decodes only
 * what is awaited, so that thousands fit into one process and leave the machine to the measured server.
 */
import { Socket } from 'engine.io-client';

const PATIENCE_MS = 30_000;
/** Connections that are opened at the same time. */
const AT_A_TIME = 50;

/** What a client needs from the socket below it. */
interface Engine {
  transport: { ws?: { _socket?: { bytesRead: number } } };
}

export class ThinClient {
  /** The id that the server gave: our server in `session:ready`, a bare one as the id of the socket. */
  id = '';
  /** Called with every fact, undecoded: `["name",{…}]`. */
  onFact: ((text: string) => void) | null = null;
  readonly #socket: Socket;
  readonly #answers = new Map<number, (answer: unknown) => void>();
  #asked = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Received bytes, including frames and headers. */
  get bytesReceived(): number {
    return (this.#socket as unknown as Engine).transport.ws?._socket?.bytesRead ?? 0;
  }

  handlePacket(text: string): void {
    if (text.startsWith('2')) this.onFact?.(text.slice(1));
    else if (text.startsWith('3')) {
      const start = text.indexOf('[');
      const number = Number(text.slice(1, start));
      const answer = this.#answers.get(number);
      this.#answers.delete(number);
      answer?.(JSON.parse(text.slice(start))[0]);
    }
  }

  /** Resolves to the value of a good answer; rejects if the server refuses or does not answer. */
  request(command: string, payload: unknown): Promise<unknown> {
    const number = this.#asked++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${command} is not answered after ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
      this.#answers.set(number, (answer) => {
        clearTimeout(timer);
        const { ok, value, error } = answer as { ok: boolean; value: unknown; error: unknown };
        if (ok) resolve(value);
        else reject(new Error(`${command} was refused: ${JSON.stringify(error)}`));
      });
      this.#socket.send(`2${number}${JSON.stringify([command, payload])}`);
    });
  }

  /** Disconnects and resolves when the socket is closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.send('1');
    this.#socket.close();
    await closed;
  }
}

/**
 * Connects, and resolves when the client knows its id. `number` determines the address that the client claims in
 * `X-Forwarded-For`, so that each client has its own. `auth` goes with the handshake, and `onFact` receives every fact
 * from the greeting on.
 */
export async function openClient(
  { url, greets }: { url: string; greets: boolean },
  number: number,
  { auth = {}, onFact = null }: { auth?: object; onFact?: ThinClient['onFact'] } = {},
): Promise<ThinClient> {
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  const socket = new Socket(url, {
    path: '/socket.io/',
    transports: ['websocket'],
    extraHeaders: { 'x-forwarded-for': address },
  });
  const client = new ThinClient(socket);
  client.onFact = onFact;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no connection to ${url} after ${PATIENCE_MS} ms`)), PATIENCE_MS);
    const finish = (id: string) => {
      clearTimeout(timer);
      client.id = id;
      resolve();
    };
    socket.on('open', () => socket.send(`0${JSON.stringify(auth)}`));
    socket.on('error', (error) => reject(error instanceof Error ? error : new Error(String(error))));
    socket.on('message', (data: unknown) => {
      const text = String(data);
      if (client.id !== '') client.handlePacket(text);
      else if (text.startsWith('4')) reject(new Error(`not let in: ${text.slice(1)}`));
      else if (text.startsWith('0') && !greets) finish(JSON.parse(text.slice(1)).sid);
      else if (text.startsWith('2["session:ready"')) finish(JSON.parse(text.slice(1))[1].participantId);
    });
  });
  return client;
}

/** Opens `count` clients, some at a time. */
export async function openClients(
  server: { url: string; greets: boolean },
  count: number,
  first = 0,
): Promise<ThinClient[]> {
  const clients: ThinClient[] = [];
  while (clients.length < count) {
    const some = Math.min(AT_A_TIME, count - clients.length);
    clients.push(
      ...(await Promise.all(
        Array.from({ length: some }, (_, index) => openClient(server, first + clients.length + index)),
      )),
    );
  }
  return clients;
}
