import type { LitElement } from 'lit';
import type { LocaleController } from '../controllers/locale-controller.ts';
import type { DeviceSelectEvent } from '../events/devices.ts';
import { CodedError } from '../internal/coded-error.ts';
import { settings } from './capabilities.ts';
import { COMMANDS } from './commands.ts';
import { tellError } from './dom-events.ts';
import type { Trouble } from './situation.ts';
import type { Tool, ToolbarAction } from './toolbar.ts';

/** What a person may do in a call. */
export interface ActedCall extends LitElement {
  readonly state: string;
  join(): Promise<void>;
  leave(): Promise<void>;
  toggleMicrophone(): Promise<boolean>;
  toggleCamera(): Promise<boolean>;
  toggleScreenShare(): Promise<boolean>;
  raiseHand(): Promise<boolean>;
  requestPictureInPicture(): Promise<void>;
  exitPictureInPicture(): Promise<void>;
  setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void>;
}

/** What may be open over a call, one at a time. */
export type Dialog = 'settings' | 'moderation' | 'more' | 'react';

export interface UserActionsOptions {
  readonly locale: LocaleController;
  readonly onAction: () => void;
  /** Loads what the menu needs. */
  readonly onMore: () => Promise<unknown>;
  readonly onDialog: (name: Dialog) => void;
}

/** Runs what a person asks for. Nothing waits for the promise, so the banner and `call-error` report a failure. */
export class UserActions {
  /** Why the person's last action failed. */
  trouble: Trouble | null = null;
  /** Opens a dialog, or closes it if it is open. */
  readonly toggle: (name: Dialog) => void;
  readonly #call: ActedCall;
  readonly #options: UserActionsOptions;

  constructor(call: ActedCall, options: UserActionsOptions) {
    this.#call = call;
    this.#options = options;
    this.toggle = options.onDialog;
    call.addEventListener('command', (event) => {
      const command = COMMANDS.get((event as CommandEvent).command);
      if (command) this.carryOut(() => command(call));
    });
    for (const type of ['dragover', 'drop'] as const) {
      // A browser would open a dropped file in place of the page and end the call.
      call.addEventListener(type, (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault());
    }
    call.addEventListener('device-select', (event) => {
      const request = event as DeviceSelectEvent;
      // Runs after all listeners, because an outer listener may still prevent the event.
      const switching = Promise.resolve().then(
        async () => event.defaultPrevented || call.setDevice(request.kind, request.deviceId),
      );
      request.switching = switching;
      this.carryOut(() => switching);
    });
  }

  readonly carryOut = (action: () => Promise<unknown>): void => {
    this.trouble = null;
    this.#options.onAction();
    this.#call.requestUpdate();
    action().catch((reason: unknown) => {
      const { code } = CodedError.from(reason);
      if (code === 'cancelled') return;
      this.trouble = code;
      this.#call.requestUpdate();
      tellError(this.#call, this.#options.locale, code, this.#call.state === 'failed');
    });
  };

  readonly onToolbar = ({ action, press }: Tool): void => {
    const call = this.#call;
    const actions: Partial<Record<ToolbarAction, () => Promise<unknown>>> = {
      microphone: () => call.toggleMicrophone(),
      camera: () => call.toggleCamera(),
      screen: () => call.toggleScreenShare(),
      more: () => this.#options.onMore().then(() => this.toggle('more')),
      settings: () => settings.load().then(() => this.toggle('settings')),
      leave: () => call.leave(),
    };
    this.carryOut(press ?? actions[action]!);
  };

  readonly onJoin = (): void => this.carryOut(() => this.#call.join());
}
