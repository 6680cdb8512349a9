/** The page of the naive Socket.IO relay: when the server announces a newcomer, the others send it their offers. */
import { io } from 'socket.io-client';
import { camera, enterWhenTold, room } from './page.ts';
import { PlainConnection, type Signal } from './plain-connection.ts';

const socket = io({ transports: ['websocket'] });
const connections = new Map<string, PlainConnection>();

function connectionTo(id: string, stream: MediaStream): PlainConnection {
  const known = connections.get(id);
  if (known) return known;
  const connection = new PlainConnection(stream, (signal) => socket.emit('signal', id, signal));
  connections.set(id, connection);
  return connection;
}

void camera.then((stream) => {
  socket.on('joined', (id: string) => void connectionTo(id, stream).offer());
  socket.on('signal', (from: string, signal: Signal) => void connectionTo(from, stream).handle(signal));
});
const connected = new Promise<void>((resolve) => socket.on('connect', resolve));
void enterWhenTold(Promise.all([connected, camera]), () => socket.emitWithAck('join', room));
