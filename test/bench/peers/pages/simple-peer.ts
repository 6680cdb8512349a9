/** The page of simple-peer over a relay: the newcomer asks who is in the room and makes a connection to each. */
import SimplePeer from 'simple-peer/simplepeer.min.js';
import { io } from 'socket.io-client';
import { CONFIGURATION, camera, enterWhenTold, room, show } from './page.ts';

const socket = io({ transports: ['websocket'] });
const peers = new Map<string, SimplePeer>();

function connectTo(id: string, stream: MediaStream, initiator: boolean): SimplePeer {
  const peer = new SimplePeer({ initiator, stream, config: CONFIGURATION });
  peers.set(id, peer);
  peer.on('signal', (signal) => socket.emit('signal', id, signal));
  peer.on('stream', show);
  return peer;
}

void camera.then((stream) =>
  socket.on('signal', (from: string, signal: unknown) =>
    (peers.get(from) ?? connectTo(from, stream, false)).signal(signal),
  ),
);
const connected = new Promise<void>((resolve) => socket.on('connect', resolve));
void enterWhenTold(Promise.all([connected, camera]), async () => {
  const stream = await camera;
  const others = (await socket.emitWithAck('join', room)) as string[];
  for (const id of others) connectTo(id, stream, true);
});
