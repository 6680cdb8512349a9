import { LitElement, html, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import { DevicesController } from '../controllers/devices-controller.ts';
import { LateView } from '../controllers/late-view.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { CallErrorEvent, DevicesChangeEvent } from '../events/shared.ts';
import { DeviceSelectEvent } from '../events/devices.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { dress } from '../internal/look/document-styles.ts';
import { observersOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { Capability } from '../internal/capability.ts';
import { themeStyles } from '../internal/look/styles.ts';
import { text, toText } from '../internal/properties/text-property.ts';
import { ignore } from '../internal/ignore.ts';
import type { DeviceChoice } from './device-choice.ts';
import type * as DevicePickerView from './device-picker-view.ts';

const viewPart = new Capability((_at) => import('./device-picker-view.ts'));

const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const satisfies readonly MediaDeviceKind[];

/** The id of the selected device of each kind; empty for the system's default. */
export type DeviceValue = Readonly<Record<MediaDeviceKind, string>>;

/**
 * Selects microphone, camera and speaker. The selection applies to the calls named by `for`, a call around the element,
 * and every later call of this origin.
 *
 * @fires {DeviceSelectEvent} device-select - Fired before a device is selected. Call `preventDefault()` to stop it.
 * @fires {DevicesChangeEvent} devices-change - Devices were plugged in or out, or their names became known.
 * @fires {CallErrorEvent} call-error - Access was refused, or a device cannot be opened.
 *
 * @csspart base - The wrapper around everything.
 * @csspart preview - The camera preview.
 * @csspart field - The field for one kind of device.
 * @csspart label - The label of a field.
 * @csspart select - The select of a field.
 * @csspart meter - The microphone level.
 * @csspart level-meter - The microphone level as well.
 * @csspart level-track - The ground of that level.
 * @csspart level-fill - Its bar.
 * @csspart test-button - Plays a test tone.
 * @csspart message - A message about the devices.
 * @csspart allow-button - Asks for permission.
 * @csspart icon - Each icon.
 * @csspart missing - Tells that the view did not load.
 * @csspart retry-button - Loads the view again.
 *
 * @cssprop --sarangbang-accent - Buttons, focus, and the microphone level.
 * @cssprop --sarangbang-on-accent - Text on the accent colour.
 * @cssprop --sarangbang-surface - The background.
 * @cssprop --sarangbang-surface-raised - The background of fields.
 * @cssprop --sarangbang-surface-sunken - The background of the preview.
 * @cssprop --sarangbang-text - Text.
 * @cssprop --sarangbang-text-muted - Labels and hints.
 * @cssprop --sarangbang-line - Thin lines between areas.
 * @cssprop --sarangbang-danger - Errors.
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - The radius of corners.
 * @cssprop --sarangbang-icon-NAME - An image whose shape replaces an icon.
 * @cssprop --sarangbang-font - The font family.
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - The font size.
 */
export class DevicePicker extends LitElement {
  static override styles = themeStyles;

  /** Ids of the calls whose devices the picker switches, separated by spaces. */
  @text @property({ useDefault: true }) for = '';
  /**
   * The kinds of devices on offer, separated by spaces: `audioinput`, `videoinput`, `audiooutput`.
   * @values audioinput videoinput audiooutput
   * @default 'audioinput videoinput audiooutput'
   */
  @text @property({ useDefault: true }) kinds: string = KINDS.join(' ');
  /** Shows a camera preview and the microphone level. */
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
  /** What the page selected before the view was loaded, which brings the code that applies it. */
  #given: Partial<Record<MediaDeviceKind, string>> = {};

  constructor() {
    super();
    this.#devices.events.on('devices', (devices) => {
      this.error = null;
      this.dispatchEvent(new DevicesChangeEvent(devices));
    });
    takeGiven(this);
  }

  /** The ids of the selected devices; empty for the system's default. The browser remembers them for this origin. */
  get value(): DeviceValue {
    return this.#devices.value;
  }

  set value(value: Partial<DeviceValue>) {
    for (const kind of KINDS) {
      // Frameworks pass `null` for "no value", whatever the type.
      const deviceId = toText((value as Partial<DeviceValue> | null)?.[kind]);
      if (deviceId !== undefined) this.#given[kind] = deviceId;
    }
    this.#chooseGiven();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A hidden picker releases the camera, as a removed one does.
    this.#observer = new (observersOf(this).ResizeObserver)(() => this.#follow());
    this.#observer.observe(this);
    if (!this.hasUpdated) return;
    // The preview still runs if the element was only moved in the document; otherwise it was stopped.
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
    // Set after rendering, because a select takes a value only once the option exists.
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
    return html`<div part="base" class="base" lang=${this.#locale.textLang}>${
      this.#renderView() ?? this.#lateView.renderMissing(this.#locale)
    }</div>`;
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
      pictured: Boolean(this.#devices.stream?.getVideoTracks()[0]),
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

  /** The kinds on offer, in the page's order; speakers only if the browser lets a page choose one. */
  #kinds(): readonly MediaDeviceKind[] {
    const asked = this.kinds.split(/\s+/);
    return asked.filter(
      (kind): kind is MediaDeviceKind =>
        (KINDS as readonly string[]).includes(kind) && (kind !== 'audiooutput' || this.#devices.canChooseSpeaker),
    );
  }

  /** The kinds to ask permission for. The names of speakers come with the permission for the microphone. */
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

  /** Opens or closes the preview, depending on what is visible now. */
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
