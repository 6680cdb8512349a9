/** The library's long polling by itself, so that it can be loaded later than the rest of the library. */
export { XHR as Polling } from '../../node_modules/engine.io-client/build/esm/transports/polling-xhr.js';
