/** The client of the served build passes the tests of the client, which run over `socket.io-client` elsewhere. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { madeSockets } from '../support/server/served-client.ts';

await import('../client/real-server.test.ts');
await import('../client/transport/reconnect.test.ts');
await import('../client/transport/frame-limit.test.ts');
after(() => assert.ok(madeSockets() > 0, 'the tests used the library'));
