/** The client of the served build, in which a file of ours replaces `socket.io-client`, passes the client's tests. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { madeSockets } from '../support/server/served-client.ts';

await import('../client/real-server.test.ts');
await import('../client/transport/reconnect.test.ts');
await import('../client/transport/frame-limit.test.ts');
after(() => assert.ok(madeSockets() > 0, 'the tests used the library'));
