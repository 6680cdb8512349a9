import { LitElement, html, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import { DevicesController } from '../controllers/devices-controller.ts';
import { LateView } from '../controllers/late-view.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { CallErrorEvent, DeviceSelectEvent, DevicesChangeEvent } from '../events.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { dress } from '../internal/document-styles.ts';
import { observersOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { Capability } from '../internal/capability.ts';
import { themeStyles } from '../internal/styles.ts';
import { text, toText } from '../internal/properties/text-property.ts';
import { ignore } from '../internal/ignore.ts';
import type { DeviceChoice } from './device-choice.ts';
import type * as DevicePickerView from './device-picker-view.ts';

const viewPart = new Capability((_at) => import('./device-picker-view.ts'));

const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const satisfies readonly MediaDeviceKind[];

/** The chosen device of each kind, by its id; empty for the system's default. */
export type DeviceValue = Readonly<Record<MediaDeviceKind, string>>;

/**
 * Chooses microphone, camera and speaker: for the calls named by `for`, for the one around it, and for
 * every later call of this origin.
 *
 * @fires {DeviceSelectEvent} device-select - Request: a person chose a device; `preventDefault()` keeps the old one.
 * @fires {DevicesChangeEvent} devices-change - Devices were plugged in or out, or named.
 * @fires {CallErrorEvent} call-error - Access was refused, or a device cannot be had.
 *
 * @csspart base - The whole.
 * @csspart preview - The own picture.
 * @csspart field - One kind of device.
 * @csspart label - Its name.
 * @csspart select - The choice.
 * @csspart meter - The microphone's level.
 * @csspart message - What is to be said about devices.
 *
 * @cssprop --sarangbang-accent - What can be done: buttons, focus, the level.
 * @cssprop --sarangbang-on-accent - Text on the accent.
 * @cssprop --sarangbang-surface - The ground.
 * @cssprop --sarangbang-surface-raised - Fields.
 * @cssprop --sarangbang-surface-sunken - What lies deeper than the ground: behind the picture.
 * @cssprop --sarangbang-text - Text.
 * @cssprop --sarangbang-text-muted - Labels and hints.
 * @cssprop --sarangbang-line - Quiet lines between things.
 * @cssprop --sarangbang-danger - What failed.
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - Roundness of corners.
 * @cssprop --sarangbang-font - Font family.
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - Size of text.
 */
export class DevicePicker extends LitElement {
  static override styles = themeStyles;

  /** Ids of the calls whose devices are switched, separated by spaces. */
  @text @property({ useDefault: true }) for = '';
  /**
   * Kinds offered, separated by spaces: `audioinput`, `videoinput`, `audiooutput`.
   * @values audioinput videoinput audiooutput
   * @default 'audioinput videoinput audiooutput'
   */
  @text @property({ useDefault: true }) kinds: string = KINDS.join(' ');
  /** Shows the own picture and the microphone's level. */
  @boolean @property() preview = false;

  @state() private error: ErrorCode | null = null;
  @query('video') private video!: HTMLVideoElement | null;

  readonly #styles = dress(this);
  readonly #locale = new LocaleController(this);
  readonly #devices = new DevicesController(this);
  #observer: ResizeObserver | undefined;
  readonly #lateView = new LateView(
    this,
    () => this.#load(),
    ({ code }) => this.#say(code),
  );
  #previewed = '';
  #choice: DeviceChoice | null = null;
  /** What the page chose and nobody has carried out yet: the code that does comes with the view. */
  #given: Partial<Record<MediaDeviceKind, string>> = {};

  constructor() {
    super();
    this.#devices.events.on('devices', (devices) => {
      this.error = null;
      this.dispatchEvent(new DevicesChangeEvent(devices));
    });
    takeGiven(this);
  }

  /** The chosen device ids; empty for the system's default. Remembered on this origin. */
  get value(): DeviceValue {
    return this.#devices.value;
  }

  set value(value: Partial<DeviceValue>) {
    for (const kind of KINDS) {
      // Frameworks say "none" by `null`, whatever the type.
      const deviceId = toText((value as Partial<DeviceValue> | null)?.[kind]);
      if (deviceId !== undefined) this.#given[kind] = deviceId;
    }
    this.#chooseGiven();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Hidden is as good as gone: no camera runs for a picture that nobody sees.
    this.#observer = new (observersOf(this).ResizeObserver)(() => this.#follow());
    this.#observer.observe(this);
    if (!this.hasUpdated) return;
    // After a mere move in the document the picture runs on; after a longer absence it was stopped.
    if (this.#devices.stream?.active) this.video?.play().catch(ignore);
    else this.#previewed = '';
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('preview') || changed.has('kinds')) this.#follow();
    const { stream } = this.#devices;
    if (this.video && this.video.srcObject !== stream) {
      this.video.srcObject = stream;
      if (stream) this.video.play().catch(ignore);
    }
    // Options come after the value of the select around them: what is chosen is said last.
    for (const select of this.renderRoot.querySelectorAll('select')) {
      select.value = this.#choice!.shownOf(select.name as MediaDeviceKind);
      if (select.selectedIndex < 0) select.value = '';
    }
  }

  protected override async getUpdateComplete(): Promise<boolean> {
    await this.#lateView.loading;
    return super.getUpdateComplete();
  }

  protected override render() {
    return html`<div part="base" class="base" lang=${this.#locale.textLang}>${this.#renderView() ?? this.#lateView.renderMissing(this.#locale)}</div>`;
  }

  #renderView() {
    const { devices, hasLabels } = this.#devices;
    const term: LocaleController['term'] = (...args) => this.#locale.term(...args);
    const kinds = this.#kinds();
    const refused = this.error ?? (globalThis.isSecureContext ? null : 'insecure-context');
    const asks = !hasLabels && !refused && this.#wanted(kinds).length > 0;
    return this.#lateView.view?.renderDevices({
      kinds,
      devices,
      preview: this.preview,
      refused,
      asks,
      canAsk: asks || this.error !== null,
      term,
      readLevel: this.#readLevel,
      onChoose: this.#onChoose,
      onAllow: this.#onAllow,
      onTest: this.#onTest,
    });
  }

  async #load(): Promise<typeof DevicePickerView> {
    const view = await viewPart.load();
    this.#styles.add(view.devicePickerStyles);
    this.#choice = new view.DeviceChoice(this, { devices: this.#devices, onError: (error) => this.#tell(error) });
    this.#chooseGiven();
    return view;
  }

  #chooseGiven(): void {
    if (!this.#choice) return;
    const given = this.#given;
    this.#given = {};
    this.#choice.set(given);
  }

  /** The kinds offered, in the page's order; speakers only where a page may choose between them. */
  #kinds(): readonly MediaDeviceKind[] {
    const asked = this.kinds.split(/\s+/);
    return asked.filter(
      (kind): kind is MediaDeviceKind =>
        (KINDS as readonly string[]).includes(kind) && (kind !== 'audiooutput' || this.#devices.canChooseSpeaker),
    );
  }

  /** What to ask access for: the names of speakers come with that of the microphone. */
  #wanted(kinds: readonly MediaDeviceKind[]): MediaDeviceKind[] {
    const there = new Set(this.#devices.devices.map(({ kind }) => kind));
    return [...new Set(kinds.map((kind) => (kind === 'audiooutput' ? 'audioinput' : kind)))].filter((kind) =>
      there.has(kind),
    );
  }

  #tell(reason: unknown): void {
    const { code } = CodedError.from(reason);
    if (code === 'cancelled') return;
    this.error = code;
    this.#say(code);
  }

  #say(code: ErrorCode): void {
    this.#locale.say(code, (sentence) => this.dispatchEvent(new CallErrorEvent(code, sentence, false)));
  }

  /** Opens or closes the preview, as what is to be seen just now demands. */
  #follow(): void {
    const kinds = this.preview && this.isConnected && this.checkVisibility?.() ? this.#kinds() : [];
    const wanted = { camera: kinds.includes('videoinput'), microphone: kinds.includes('audioinput') };
    const key = `${wanted.camera} ${wanted.microphone}`;
    if (key === this.#previewed || (!this.#previewed && !wanted.camera && !wanted.microphone)) return;
    this.#previewed = key;
    if (!wanted.camera && !wanted.microphone) {
      this.#previewed = '';
      this.#devices.closePreview();
      return;
    }
    this.#devices.openPreview(wanted).catch((error: unknown) => this.#tell(error));
  }

  #readLevel = (): number => this.#devices.level;

  #onChoose = (kind: MediaDeviceKind, deviceId: string): void => {
    this.error = null;
    const request = new DeviceSelectEvent(kind, deviceId);
    if (this.dispatchEvent(request)) void this.#choice?.pick(kind, deviceId, request.switching);
    this.requestUpdate();
  };

  #onAllow = (): void => {
    this.error = null;
    this.#devices.requestPermission(this.#wanted(this.#kinds())).catch((error: unknown) => this.#tell(error));
  };

  #onTest = (): void => {
    this.#lateView.view?.playTestTone(this.value.audiooutput).catch((error: unknown) => this.#tell(error));
  };
}

acceptGiven(DevicePicker);

declare global {
  interface HTMLElementTagNameMap {
    'device-picker': DevicePicker;
  }
}
