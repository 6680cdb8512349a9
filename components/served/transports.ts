/** The ways to the server which the served build knows, by the library's names for them. */
import { WS } from '../../node_modules/engine.io-client/build/esm/transports/websocket.js';
import { LazyPolling } from './lazy-polling.ts';

export const transports = { websocket: WS, polling: LazyPolling };
