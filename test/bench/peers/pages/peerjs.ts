/** The page of PeerJS: a newcomer calls the resident's id. It chooses its own id, which saves a request for one. */
import { Peer } from 'peerjs';
import { CONFIGURATION, camera, enterWhenTold, mode, room, show } from './page.ts';

const peer = new Peer(mode === 'resident' ? room : `${room}-newcomer`, {
  host: location.hostname,
  port: Number(location.port),
  path: '/peerjs',
  config: CONFIGURATION,
});
const open = new Promise<void>((resolve) => peer.on('open', resolve));
peer.on('call', async (call) => {
  call.on('stream', show);
  call.answer(await camera);
});
void enterWhenTold(Promise.all([open, camera]), async () => {
  if (mode !== 'resident') peer.call(room, await camera).on('stream', show);
});
