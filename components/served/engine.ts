/**
 * The parts of engine.io-client that socket.io-client uses, and none besides: the library's own index
 * would bring all its transports along. Used by the served build alone (see `layers.mjs`).
 */
export { Socket } from '../../node_modules/engine.io-client/build/esm/socket.js';
export { Transport } from '../../node_modules/engine.io-client/build/esm/transport.js';
export { installTimerFunctions } from '../../node_modules/engine.io-client/build/esm/util.js';
export { nextTick } from '../../node_modules/engine.io-client/build/esm/globals.js';
