/** The people in a room and in its call, as the lobby tells them. Holds no state. */
import { html, nothing } from 'lit';
import type { ParticipantInfo } from '../../../server/protocol.ts';
import type { RoomSessionSnapshot } from '../../client/room/room-snapshot.ts';
import { isLockedOut } from '../../controllers/call/call-state.ts';
import { isolate } from '../../internal/isolate.ts';
import { renderAvatar } from '../../internal/look/avatar.ts';
import { createIcons } from '../../internal/look/icon-set.ts';
import type { Term } from '../toolbar.ts';

const icon = createIcons({
  lock:
    'M7 11h10a1.5 1.5 0 0 1 1.5 1.5v6A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5v-6A1.5 1.5 0 0 1 7 11Z' +
    'M8.5 11V8a3.5 3.5 0 0 1 7 0v3',
});

/** How many avatars the lobby shows. */
const AVATARS = 4;

const namesOf = (people: readonly ParticipantInfo[]): string[] => people.map(({ displayName }) => isolate(displayName));

/** A locked room tells nobody outside who is in it, and so does its lobby. */
export function renderRoom(snapshot: RoomSessionSnapshot | null, term: Term) {
  if (!snapshot) return nothing;
  const lock = snapshot.locked
    ? html`<p class="lock" part="lock">${icon('lock')}<span>${term('callRoomLocked')}</span></p>`
    : nothing;
  if (isLockedOut(snapshot)) return lock;
  const isInside = snapshot.state === 'joined' || snapshot.state === 'reconnecting';
  return html`${lock}${isInside ? renderPeople(snapshot, term) : nothing}`;
}

function renderPeople({ participants, selfId }: RoomSessionSnapshot, term: Term) {
  const others = participants.filter(({ id }) => id !== selfId);
  const inCall = others.filter(({ call }) => call);
  const inRoom = others.filter(({ call }) => !call);
  const avatars = [...inCall, ...inRoom].slice(0, AVATARS).map((person) => renderAvatar(person));
  return html`<div class="people" part="participants">
    ${avatars[0] ? html`<span class="avatars">${avatars}</span>` : nothing}
    <div>
      ${inCall[0] ? html`<p>${term('callPeopleInCall', namesOf(inCall))}</p>` : nothing}
      ${inRoom[0] ? html`<p>${term('callPeopleInRoom', namesOf(inRoom))}</p>` : nothing}
      ${others[0] ? nothing : html`<p>${term('callNobodyHere')}</p>`}
    </div>
  </div>`;
}
