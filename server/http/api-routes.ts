/**
 * The table of all calls of `/api` that need an admin's token.
 *
 * Owns which calls there are, what each may receive, and the form of its answer. What a call does is the same as behind
 * the commands of the wire.
 */
import type { Announce } from '../rooms/announcements.ts';
import type { Deletion } from '../rooms/deletion.ts';
import { parseAnnouncement, parseRevocation, parseRoom } from '../parse.ts';
import { Refusal } from '../refusal.ts';
import type { Revocations } from '../grants/revocations.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { ApiRefusal } from './api-route.ts';
import type { ApiCall, ApiRoute } from './api-route.ts';
import { createDeletionRoutes } from './deletion-routes.ts';

export interface ApiRoutesParts {
  rooms: Rooms;
  revocations: Revocations;
  deletion: Deletion;
  announce: Announce;
  transfer: (from: string, to: string, leaving: boolean) => Promise<number>;
}

function found(known: boolean): Record<string, never> {
  if (!known) throw new Refusal('participant-gone');
  return {};
}

function lifted(known: boolean, message: string): Record<string, never> {
  if (!known) throw new ApiRefusal('route-unknown', message);
  return {};
}

export function createApiRoutes({ rooms, revocations, deletion, announce, transfer }: ApiRoutesParts): ApiRoute[] {
  const participants = async ({ room }: ApiCall) => {
    const state = await rooms.state(room);
    return (state?.participants ?? []).map(({ id, displayName, role, connected, call }) => ({
      id,
      displayName,
      role,
      connected,
      inCall: call !== null,
    }));
  };
  const lock = async ({ room, body: { locked = true } }: ApiCall) => {
    if (typeof locked !== 'boolean') throw new Refusal('payload-invalid');
    const isThere = await rooms.lock(room, locked);
    if (locked && !isThere)
      throw new ApiRefusal('room-unknown', 'This room has ended: only its chat is kept, and a chat cannot be locked.');
    return { locked };
  };
  const take =
    (leaving: boolean) =>
    async ({ room, body, mustCover }: ApiCall) => {
      const to = parseRoom(body['to']);
      mustCover(to);
      return { count: await transfer(room, to, leaving) };
    };
  const mute = async ({ room, target }: ApiCall) => {
    if (await rooms.mute(room, target, '')) return {};
    const isInside = (await rooms.find(room, target)) !== undefined;
    throw new Refusal(
      'participant-gone',
      isInside ? { message: 'This participant is in the room, but not in its call.' } : {},
    );
  };
  const announceTo = async ({ body: { text, room }, mustCover, mustBeKept }: ApiCall) => {
    const name = room === undefined || room === null ? null : parseRoom(room);
    mustCover(name);
    const checked = parseAnnouncement(text);
    if (name !== null) await mustBeKept(name);
    return { count: await announce(checked, name) };
  };

  return [
    { method: 'GET', path: '/rooms/:room/participants', answer: participants },
    {
      method: 'DELETE',
      path: '/rooms/:room/participants/:id',
      query: ['address'],
      answer: async ({ room, target, query }) =>
        found(await rooms.ban(room, target, { withAddress: query['address'] ?? false })),
    },
    { method: 'POST', path: '/rooms/:room/participants/:id/mute', answer: mute },
    { method: 'GET', path: '/rooms/:room/bans', answer: async ({ room }) => rooms.bans(room) },
    {
      method: 'DELETE',
      path: '/rooms/:room/bans/:id',
      answer: async ({ room, target }) =>
        lifted(await rooms.liftBan(room, target), 'This room has no such ban, or no longer has it.'),
    },
    {
      method: 'GET',
      path: '/rooms/:room/waiting',
      answer: async ({ room }) => (await rooms.state(room))?.waiting ?? [],
    },
    {
      method: 'POST',
      path: '/rooms/:room/waiting/:id',
      answer: async ({ room, target }) => found(await rooms.answerKnock(room, target, true)),
    },
    {
      method: 'DELETE',
      path: '/rooms/:room/waiting/:id',
      answer: async ({ room, target }) => found(await rooms.answerKnock(room, target, false)),
    },
    { method: 'POST', path: '/rooms/:room/lock', body: ['locked'], answer: lock },
    {
      method: 'DELETE',
      path: '/rooms/:room/call',
      async answer({ room }) {
        await rooms.endCall(room);
        return {};
      },
    },
    { method: 'POST', path: '/rooms/:room/move', body: ['to'], answer: take(true) },
    { method: 'POST', path: '/rooms/:room/add', body: ['to'], answer: take(false) },
    ...createDeletionRoutes(deletion),
    { method: 'POST', path: '/announcements', roomInBody: true, body: ['text', 'room'], answer: announceTo },
    {
      method: 'POST',
      path: '/revocations',
      body: ['jti', 'sub'],
      answer: async ({ body }) => revocations.revoke(parseRevocation(body)),
    },
    {
      method: 'GET',
      path: '/revocations',
      answer: async () => revocations.list().map(({ id, revocation, at }) => ({ id, ...revocation, at })),
    },
    {
      method: 'DELETE',
      path: '/revocations/:id',
      answer: async ({ target }) =>
        lifted(await revocations.lift(target), 'There is no such revocation, or it has ended.'),
    },
  ];
}
