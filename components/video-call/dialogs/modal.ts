/**
 * The one modal dialog of a host element.
 *
 * Owns how it opens and what closes it: Escape, a click beside it, and the page that hides the host. An invisible modal
 * dialog would block everything else of the page. Does not own its content.
 */
import type { ReactiveController, ReactiveElement } from 'lit';
import { observersOf } from '../../internal/platform.ts';
import { takeKey } from '../../internal/keys.ts';

export class Modal implements ReactiveController {
  readonly #host: ReactiveElement;
  #dialog: HTMLDialogElement | null = null;
  /** Notices that the page hides the dialog, because a dialog without a box intersects nothing. */
  readonly #observer: IntersectionObserver;

  constructor(host: ReactiveElement) {
    this.#host = host;
    this.#observer = new (observersOf(host).IntersectionObserver)(() => this.#look());
    host.addController(this);
  }

  hostUpdated(): void {
    this.#dialog ??= this.#find();
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
  }

  /** Opens the dialog, unless it is already modal. */
  show(): void {
    const dialog = this.#dialog;
    if (!dialog?.isConnected || dialog.matches(':modal')) return;
    // A dialog that was removed from the document left the top layer but kept its attribute.
    dialog.removeAttribute('open');
    dialog.showModal();
    // Observed from now on, so that a dialog is checked even if the page hides it before it is drawn.
    this.#observer.disconnect();
    this.#observer.observe(dialog);
  }

  close(): void {
    this.#dialog?.close();
  }

  #find(): HTMLDialogElement | null {
    const dialog = (this.#host.renderRoot as ParentNode).querySelector('dialog');
    dialog?.addEventListener('click', (event) => {
      if (isBeside(event)) dialog.close();
    });
    dialog?.addEventListener('keydown', (event) => takeKey(event, { Escape: () => dialog.close() }));
    return dialog;
  }

  #look(): void {
    if (this.#dialog?.open && !this.#dialog.checkVisibility()) this.#dialog.close();
  }
}

/** True if a click was beside the dialog. Events of the backdrop have the dialog as their target. */
function isBeside(event: MouseEvent): boolean {
  if (!(event.target instanceof HTMLDialogElement)) return false;
  const { left, right, top, bottom } = event.target.getBoundingClientRect();
  return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
}
