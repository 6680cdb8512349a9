/**
 * The view of an element, loaded when a page contains the first such element: many pages have a call and no chat.
 *
 * Owns the attempts: after a pause that grows, when the network is back, when a person presses the button, and when the
 * element calls `retry`. After a failed attempt a sentence and a button stand in place of the view. The button reloads
 * the page if the server was updated and no longer has the view. Does not own the view.
 */
import { html, nothing, type ReactiveController, type ReactiveElement } from 'lit';
import type { ErrorCode } from '../../server/protocol.ts';
import { CodedError } from '../internal/coded-error.ts';
import { reloadPage } from '../internal/capability.ts';
import { missingTerms } from '../locales/english/missing.ts';
import { addEnglish } from '../locales/index.ts';
import type { LocaleController } from './locale-controller.ts';

addEnglish(missingTerms);

/** The first pause. Each next one is twice the last, plus this. */
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export class LateView<View> implements ReactiveController {
  view: View | null = null;
  /** Resolves when the current attempt has loaded the view or failed; `null` between attempts. */
  loading: Promise<void> | null = null;
  readonly #host: ReactiveElement;
  readonly #load: () => Promise<View>;
  readonly #onError: (error: CodedError) => void;
  /** Why the last attempt to load the view failed; `null` until one has failed. */
  #code: ErrorCode | null = null;
  #pauseMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onError called for the first failure in a row, and for a failure with a different reason than the last */
  constructor(host: ReactiveElement, load: () => Promise<View>, onError: (error: CodedError) => void) {
    this.#host = host;
    this.#load = load;
    this.#onError = onError;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('online', this.retry);
    this.retry();
  }

  hostDisconnected(): void {
    removeEventListener('online', this.retry);
    clearTimeout(this.#timer);
  }

  /** Tries now, unless the view is here or on its way. */
  readonly retry = (): void => {
    clearTimeout(this.#timer);
    if (this.view) return;
    this.loading ??= this.#attempt();
  };

  /** Shown in place of the view: nothing until an attempt has failed, then a sentence and a button. */
  renderMissing(locale: LocaleController): unknown {
    if (!this.#code) return nothing;
    const isOutdated = this.#code === 'version-mismatch';
    return html`<p part="missing" role="alert">${locale.term(isOutdated ? this.#code : 'viewMissing')}
      <button type="button" class="outline" part="retry-button" @click=${isOutdated ? reloadPage : this.retry}>
        ${locale.term(isOutdated ? 'reload' : 'tryAgain')}</button></p>`;
  }

  async #attempt(): Promise<void> {
    try {
      this.view = await this.#load();
    } catch (cause) {
      const error = CodedError.from(cause);
      if (error.code !== this.#code) this.#onError(error);
      this.#code = error.code;
      this.#pauseMs = Math.min(this.#pauseMs * 2 + PAUSE_MS, LONGEST_PAUSE_MS);
      if (this.#host.isConnected) this.#timer = setTimeout(this.retry, this.#pauseMs);
    }
    this.loading = null;
    this.#host.requestUpdate();
  }
}
