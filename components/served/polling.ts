/**
 * The library's long polling, by itself so that it can be loaded later than the rest of the library.
 *
 * Owns how it sends: by requests that outlive the page. An ordinary one ends with the page that makes it,
 * and the last word of a page that closes is the goodbye.
 */
import { XHR } from '../../node_modules/engine.io-client/build/esm/transports/polling-xhr.js';

/** Browsers allow 64 kB to be under way so; a character may be three bytes. */
const OUTLIVING_CHARACTERS = 20_000;

export class Polling extends XHR {
  override doWrite(data: string, onSent: () => void): void {
    fetch(this.uri(), { method: 'POST', body: data, keepalive: data.length < OUTLIVING_CHARACTERS }).then(
      ({ ok, status }) => (ok ? onSent() : this.onError('xhr post error', status)),
      (error: unknown) => this.onError('xhr post error', error),
    );
  }
}
