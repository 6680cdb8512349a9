/** The calls of `/api` that read and delete chat. The table of all calls is in `api-routes.ts`. */
import type { Deletion } from '../rooms/deletion.ts';
import { ApiRefusal } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';

export function createDeletionRoutes(deletion: Deletion): ApiRoute[] {
  return [
    {
      method: 'DELETE',
      path: '/rooms/:room',
      async answer({ room }) {
        const count = await deletion.deleteRoom(room);
        if (count === null) throw new ApiRefusal('room-unknown', 'There is no such room.');
        return { count };
      },
    },
    { method: 'GET', path: '/rooms/:room/messages', answer: async ({ room }) => deletion.messagesOf(room) },
    {
      method: 'DELETE',
      path: '/rooms/:room/messages',
      answer: async ({ room }) => ({ count: await deletion.deleteMessages(room) }),
    },
    { method: 'GET', path: '/people/:sub', answer: async ({ target }) => deletion.messagesBy(target) },
    {
      method: 'DELETE',
      path: '/people/:sub',
      answer: async ({ target }) => ({ count: await deletion.deleteBy(target) }),
    },
  ];
}
