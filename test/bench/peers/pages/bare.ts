/** The page without any library, the least that a naive page can do: a newcomer is told who is there, and offers. */
import { camera, enterWhenTold, mode, room } from './page.ts';
import { PlainConnection, type Signal } from './plain-connection.ts';

const query = new URLSearchParams({ room, mode });
const socket = new WebSocket(`ws://${location.host}/?${query}`);
const connections = new Map<string, PlainConnection>();

function connectionTo(id: string, stream: MediaStream): PlainConnection {
  const known = connections.get(id);
  if (known) return known;
  const send = (signal: Signal): void => socket.send(JSON.stringify({ to: id, signal }));
  const connection = new PlainConnection(stream, send);
  connections.set(id, connection);
  return connection;
}

const told = new Promise<string[]>((resolve) => {
  socket.addEventListener('message', async ({ data }) => {
    const { others, from, signal } = JSON.parse(String(data)) as { others?: string[]; from: string; signal: Signal };
    if (others) return resolve(others);
    const stream = await camera;
    await connectionTo(from, stream).handle(signal);
  });
});
void enterWhenTold(Promise.all([told, camera]), async () => {
  const stream = await camera;
  for (const id of await told) void connectionTo(id, stream).offer();
});
