import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../../server/protocol.ts';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { numberFormat } from '../../controllers/number-format.ts';
import type { ConnectionCheck } from '../../entities.ts';
import { isAllowed } from '../../controllers/call/allowed.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { defineElement } from '../../internal/define.ts';
import { ignore } from '../../internal/ignore.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { windowOf } from '../../internal/platform.ts';
import { dialogStyles } from '../dialogs/dialog.styles.ts';
import { ShownDialog } from '../dialogs/shown-dialog.ts';
import type { Term } from '../toolbar.ts';

export interface CheckedCall {
  checkConnection(): Promise<ConnectionCheck>;
  diagnostics(): Promise<string>;
}

type Sentence = Parameters<Term>[0];

/** Above this, a person reads megabits more easily, in kilobits a second. */
const MEGABIT_KBPS = 1_000;

/** `640 kb/s` or `97 Mb/s`, as the language writes it. A short check measures no more than two digits. */
export function speedOf(kbps: number, lang: string): string {
  const isFast = kbps >= MEGABIT_KBPS;
  const unit = isFast ? 'megabit-per-second' : 'kilobit-per-second';
  const format = new Intl.NumberFormat(lang, { style: 'unit', unit, maximumSignificantDigits: 2 });
  return format.format(isFast ? kbps / MEGABIT_KBPS : kbps);
}

const DEVICES: Readonly<Record<Exclude<ConnectionCheck['microphone'], 'silent'>, Sentence>> = {
  ok: 'callCheckDeviceOk',
  blocked: 'callCheckDeviceBlocked',
  missing: 'callCheckDeviceMissing',
  busy: 'callCheckDeviceBusy',
};

/** What a check found, in words: what was checked, the sentence, and whether all is well. */
export function wordsOf(result: ConnectionCheck): readonly [name: Sentence, sentence: Sentence, isWell: boolean][] {
  const { microphone, camera, speaker, network, relay } = result;
  return [
    [
      'callCheckMicrophone',
      microphone === 'silent' ? 'callCheckMicrophoneSilent' : DEVICES[microphone],
      microphone === 'ok',
    ],
    ['callCheckCamera', camera === 'silent' ? 'callCheckCameraSilent' : DEVICES[camera], camera === 'ok'],
    [
      'callCheckSpeaker',
      ({ ok: 'callCheckSpeakerOk', missing: 'callCheckDeviceMissing', unknown: 'callCheckSpeakerUnknown' } as const)[
        speaker
      ],
      speaker !== 'missing',
    ],
    [
      'callCheckNetwork',
      (
        {
          direct: 'callCheckNetworkDirect',
          relay: 'callCheckNetworkRelay',
          blocked: 'callCheckNetworkBlocked',
        } as const
      )[network],
      network !== 'blocked',
    ],
    [
      'callCheckRelay',
      ({ ok: 'callCheckRelayOk', none: 'callCheckRelayNone', failed: 'callCheckRelayFailed' } as const)[relay],
      relay !== 'failed',
    ],
  ];
}

/** Copies a text that is not there yet. It asks for the clipboard at once. */
async function copy({ navigator, document, ClipboardItem }: Window & typeof globalThis, text: Promise<string>) {
  if (!isAllowed(document, 'clipboard-write')) throw new Error('not allowed');
  if (typeof ClipboardItem !== 'function') return navigator.clipboard.writeText(await text);
  const blob = text.then((value) => new Blob([value], { type: 'text/plain' }));
  return navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
}

/** How long the button says that the details were copied, in milliseconds. */
const COPIED_MS = 2_500;

/**
 * The check of devices and network in a dialog: an inner element of `<video-call>`, there while it is open. It starts
 * with a check.
 */
export class CheckDialog extends LitElement {
  static override styles = [
    controls,
    dialogStyles,
    css`
      dialog {
        inline-size: min(34em, calc(100vw - 2.134em));
      }
      .body {
        display: grid;
        /* Not as wide as the longest button. */
        grid-template-columns: minmax(0, 1fr);
        gap: 0.8em;
        padding: 0.267em 1.334em 1.334em;
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0.667em 1.067em;
        margin: 0;
      }
      dt {
        font-weight: 600;
      }
      dd {
        margin: 0;
      }
      .ill {
        color: var(--_danger);
      }
      p {
        margin: 0;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 0.534em;
      }
      .row button {
        max-inline-size: 100%;
        white-space: normal;
      }
      pre {
        max-block-size: 12em;
        margin: 0;
        overflow: auto;
        font-size: 0.8125em;
        white-space: pre-wrap;
        -webkit-user-select: all;
        user-select: all;
      }
      @media (max-width: 30em) {
        dl {
          grid-template-columns: minmax(0, 1fr);
          gap: 0;
        }
        dd {
          margin-block-end: 0.667em;
        }
      }
    `,
  ];

  @property({ attribute: false }) call!: CheckedCall;
  @state() private result: ConnectionCheck | null = null;
  @state() private error: ErrorCode | null = null;
  @state() private isRunning = false;
  @state() private outcome: 'copied' | 'failed' | null = null;
  /** Shown where it cannot be copied. */
  @state() private details = '';

  readonly #locale = new LocaleController(this);
  readonly #dialog = new ShownDialog(this, this.#locale);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    dress(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override firstUpdated(): void {
    void this.#check();
  }

  override render() {
    const term: Term = (...args) => this.#locale.term(...args);
    return this.#dialog.render(
      term('callCheck'),
      html`
        <div class="body" part="dialog-section">
          <div role="status">
            ${this.isRunning ? html`<p part="dialog-text">${term('callCheckRunning')}</p>` : nothing}
            ${this.error ? html`<p class="ill" part="dialog-text">${term(this.error)}</p>` : nothing}
            ${this.result ? this.#renderResult(this.result, term) : nothing}
          </div>
          <div class="row">
            <button type="button" class="primary" part="check-button" ?disabled=${this.isRunning}
              @click=${() => this.#check()}>${term('callCheckAgain')}</button>
            <button type="button" class="outline" part="copy-button" @click=${this.#onCopy}
              >${term(this.outcome === 'copied' ? 'callCheckCopied' : 'callCheckCopy')}</button>
          </div>
          ${
            this.outcome === 'failed'
              ? html`<p part="dialog-text" role="alert">${term('callCheckCopyFailed')}</p>
                <pre part="dialog-text" role="group" tabindex="0" aria-label=${term('callCheckDetails')}
                  >${this.details}</pre>`
              : nothing
          }
          <p class="visually-hidden" role="status">${this.outcome === 'copied' ? term('callCheckCopied') : nothing}</p>
        </div>
      `,
    );
  }

  #renderResult(result: ConnectionCheck, term: Term) {
    return html`<dl>
      ${wordsOf(result).map(
        ([name, sentence, isWell]) =>
          html`<dt part="dialog-heading">${term(name as 'callCheckNetwork')}</dt><dd class=${isWell ? '' : 'ill'}
            part="dialog-text">${term(sentence as 'callCheckNetwork')}</dd>`,
      )}
      <dt part="dialog-heading">${term('callCheckSpeed')}</dt><dd part="dialog-text">${this.#speedOf(result, term)}</dd>
    </dl>`;
  }

  #speedOf({ sentKbps, receivedKbps, roundTripMs }: ConnectionCheck, term: Term): string {
    const lang = this.#locale.lang();
    const { format } = numberFormat(lang);
    const figures = [
      sentKbps === null ? '' : term('callCheckUp', speedOf(sentKbps, lang)),
      receivedKbps === null ? '' : term('callCheckDown', speedOf(receivedKbps, lang)),
      roundTripMs === null ? '' : term('callCheckTrip', format(roundTripMs)),
    ].filter(Boolean);
    return figures.join(', ') || term('callCheckUnmeasured');
  }

  async #check(): Promise<void> {
    this.isRunning = true;
    this.result = this.error = null;
    try {
      this.result = await this.call.checkConnection();
    } catch (error) {
      this.error = CodedError.from(error).code;
    }
    this.isRunning = false;
  }

  readonly #onCopy = async (): Promise<void> => {
    const view = windowOf(this);
    // Safari refuses a clipboard that is written after the press was answered, so the text is promised.
    const text = this.call.diagnostics();
    const writing = copy(view, text);
    // It may be refused before the text is there.
    writing.catch(ignore);
    try {
      this.details = await text;
      await writing;
      this.outcome = 'copied';
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (this.outcome = null), COPIED_MS);
    } catch {
      this.outcome = 'failed';
    }
  };
}

defineElement('sarangbang-check-dialog', CheckDialog);
