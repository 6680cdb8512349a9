import type { RoomSession } from '../../client/room/room-session.ts';
import type { CallSignaling } from '../../rtc/call-signaling.ts';
import type { IceServers } from '../../rtc/ice-servers.ts';

/**
 * What a call needs from its room, through the room's session.
 * @param lobby the ICE servers that the page asked for before it joined, if it did
 */
export function createSignaling(session: RoomSession, lobby: () => IceServers | null): CallSignaling {
  return {
    get selfId() {
      return session.store.get().selfId ?? '';
    },
    get newcomerOffers() {
      return session.knowsWishes;
    },
    known: () => {
      const { state, participants } = session.store.get();
      const servers = lobby()?.fresh;
      return state === 'joined' && servers ? { ...servers, participants } : null;
    },
    get isHandshakeAhead() {
      return session.isHandshakeAhead;
    },
    join: (presence, offer) => session.joinCall(presence, offer),
    update: (fields) => session.updateCall(fields),
    leave: () => session.leaveCall(),
    send: (to, link, signal) => session.sendSignal(to, link, signal),
  };
}
