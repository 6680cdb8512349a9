import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import { DevicesController } from '../controllers/devices-controller.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { CallErrorEvent, DeviceSelectEvent, DevicesChangeEvent } from '../events.ts';
import { CodedError } from '../internal/coded-error.ts';
import { defineElement } from '../internal/define.ts';
import { whenTargetsDefined } from '../internal/for-targets.ts';
import { themeStyles } from '../internal/styles.ts';
import { devicePickerStyles } from './device-picker.styles.ts';
import { LevelMeter } from './level-meter.ts';
import { playTestTone } from './test-tone.ts';

const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const satisfies readonly MediaDeviceKind[];

const LABELS = { audioinput: 'deviceAudioinput', videoinput: 'deviceVideoinput', audiooutput: 'deviceAudiooutput' } as const;

type DeviceValue = Readonly<Record<MediaDeviceKind, string>>;

/** An element of `for` that can switch a device. */
type DeviceTarget = HTMLElement & { setDevice?(kind: MediaDeviceKind, deviceId: string): Promise<void> };

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
 */
export class DevicePicker extends LitElement {
  static override styles = [themeStyles, devicePickerStyles];

  /** Ids of the calls whose devices are switched, separated by spaces. */
  @property() for = '';
  /** Kinds offered, separated by spaces: `audioinput`, `videoinput`, `audiooutput`. */
  @property() kinds = KINDS.join(' ');
  /** Shows the own picture and the microphone's level. */
  @property({ type: Boolean }) preview = false;

  @state() private error: ErrorCode | null = null;
  @state() private stream: MediaStream | null = null;
  @query('video') private video!: HTMLVideoElement | null;

  readonly #locale = new LocaleController(this);
  readonly #devices = new DevicesController(this);
  readonly #observer = new ResizeObserver(() => this.#follow());
  #previewed = '';

  constructor() {
    super();
    this.#devices.events.on('devices', (devices) => {
      this.error = null;
      this.dispatchEvent(new DevicesChangeEvent(devices));
    });
  }

  /** The chosen device ids; empty for the system's default. Remembered on this origin. */
  get value(): DeviceValue {
    return this.#devices.value;
  }

  set value(value: Partial<DeviceValue>) {
    for (const kind of KINDS) {
      const deviceId = value[kind];
      if (deviceId !== undefined && deviceId !== this.value[kind]) this.#choose(kind, deviceId);
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Hidden is as good as gone: no camera runs for a picture that nobody sees.
    this.#observer.observe(this);
    if (!this.hasUpdated) return;
    // After a mere move in the document the picture runs on; after a longer absence it was stopped.
    if (!this.stream?.active) this.#previewed = '';
    this.#follow();
    this.video?.play().catch(() => {});
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('preview') || changed.has('kinds')) this.#follow();
    if (this.video && this.video.srcObject !== this.stream) {
      this.video.srcObject = this.stream;
      this.video.play().catch(() => {});
    }
    // Options come after the value of the select around them: what is chosen is said last.
    for (const select of this.renderRoot.querySelectorAll('select')) {
      select.value = this.value[select.name as MediaDeviceKind];
      if (select.selectedIndex < 0) select.value = '';
    }
  }

  override render() {
    const kinds = this.#kinds();
    return html`
      <div part="base" class="base" lang=${this.#locale.textLang}>
        ${this.preview && kinds.includes('videoinput')
          ? html`<video part="preview" muted autoplay playsinline aria-hidden="true" .muted=${true}></video>`
          : nothing}
        ${kinds.map((kind) => this.#renderField(kind))}
        ${this.#renderMessage(kinds)}
      </div>
    `;
  }

  #renderField(kind: MediaDeviceKind) {
    const label = this.#locale.term(LABELS[kind]);
    const devices = this.#devices.devices.filter((device) => device.kind === kind);
    const none = devices.length === 0 && kind !== 'audiooutput';
    return html`
      <div part="field" class="field">
        <label part="label" for=${kind}>${label}</label>
        <select part="select" id=${kind} name=${kind} ?disabled=${none} @change=${this.#onChange}>
          <option value="">${none ? this.#locale.term('deviceNone') : this.#locale.term('deviceDefault')}</option>
          ${devices.map(({ deviceId, label: name }, index) => {
            const text = name || this.#locale.term('deviceNumber', label, index + 1);
            // Before a permission devices have no id, so there is nothing to choose between.
            return html`<option value=${deviceId} ?disabled=${!deviceId}>${text}</option>`;
          })}
        </select>
        ${kind === 'audioinput' && this.preview
          ? html`<sarangbang-level-meter part="meter" .label=${this.#locale.term('deviceLevel')} .read=${this.#readLevel}></sarangbang-level-meter>`
          : nothing}
        ${kind === 'audiooutput'
          ? html`<button class="outline" type="button" @click=${this.#onTest}>${this.#locale.term('deviceTest')}</button>`
          : nothing}
      </div>
    `;
  }

  #renderMessage(kinds: readonly MediaDeviceKind[]) {
    const { hasLabels } = this.#devices;
    const refused = this.error ?? (globalThis.isSecureContext ? null : 'insecure-context');
    const asks = !hasLabels && !refused && this.#wanted(kinds).length > 0;
    return html`<div part="message" class="message ${refused ? 'refused' : ''}" role="status">
      ${refused ? html`<p>${this.#locale.term(refused)}</p>` : nothing}
      ${asks ? html`<p>${this.#locale.term('deviceAllowHint')}</p>` : nothing}
      ${asks || this.error
        ? html`<button class="primary" type="button" @click=${this.#onAllow}>${this.#locale.term('deviceAllow')}</button>`
        : nothing}
    </div>`;
  }

  /** The kinds offered, in the page's order; speakers only where a page may choose between them. */
  #kinds(): readonly MediaDeviceKind[] {
    const asked = this.kinds.split(/\s+/);
    return asked.filter((kind): kind is MediaDeviceKind =>
      (KINDS as readonly string[]).includes(kind) && (kind !== 'audiooutput' || this.#devices.canChooseSpeaker));
  }

  /** What to ask access for: the names of speakers come with that of the microphone. */
  #wanted(kinds: readonly MediaDeviceKind[]): MediaDeviceKind[] {
    const there = new Set(this.#devices.devices.map(({ kind }) => kind));
    return [...new Set(kinds.map((kind) => (kind === 'audiooutput' ? 'audioinput' : kind)))].filter((kind) => there.has(kind));
  }

  #choose(kind: MediaDeviceKind, deviceId: string): void {
    this.#devices.choose(kind, deviceId);
    whenTargetsDefined(this, this.for, (target: DeviceTarget) => {
      target.setDevice?.(kind, deviceId).catch((error: unknown) => this.#tell(error));
    });
  }

  #tell(reason: unknown): void {
    const { code } = CodedError.from(reason);
    if (code === 'cancelled') return;
    this.error = code;
    this.dispatchEvent(new CallErrorEvent(code, this.#locale.term(code), false));
  }

  /** Opens or closes the preview, as what is to be seen just now demands. */
  #follow(): void {
    const kinds = this.preview && this.isConnected && this.checkVisibility() ? this.#kinds() : [];
    const wanted = { camera: kinds.includes('videoinput'), microphone: kinds.includes('audioinput') };
    const key = `${wanted.camera} ${wanted.microphone}`;
    if (key === this.#previewed || (!this.#previewed && !wanted.camera && !wanted.microphone)) return;
    this.#previewed = key;
    if (!wanted.camera && !wanted.microphone) {
      this.#previewed = '';
      this.stream = null;
      this.#devices.closePreview();
      return;
    }
    this.#devices.openPreview(wanted).then(
      (stream) => (this.stream = this.#previewed === key ? stream : this.stream),
      (error: unknown) => this.#tell(error),
    );
  }

  #readLevel = (): number => this.#devices.level;

  #onChange = ({ target }: Event): void => {
    const { name, value } = target as HTMLSelectElement;
    const kind = name as MediaDeviceKind;
    this.error = null;
    if (this.dispatchEvent(new DeviceSelectEvent(kind, value))) this.#choose(kind, value);
    this.requestUpdate();
  };

  #onAllow = (): void => {
    this.error = null;
    this.#devices.requestPermission(this.#wanted(this.#kinds())).catch((error: unknown) => this.#tell(error));
  };

  #onTest = (): void => {
    playTestTone(this.value.audiooutput).catch((error: unknown) => this.#tell(error));
  };
}

defineElement('sarangbang-level-meter', LevelMeter);
