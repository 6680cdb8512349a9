/** Ties the life of the public list to the life of `<room-list>`. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { RoomDirectorySnapshot } from '../client/room-directory.ts';
import type { CodedError } from '../internal/coded-error.ts';

export interface DirectoryHost extends ReactiveControllerHost {
  server: string;
  token: string;
}

export interface DirectoryControllerOptions {
  /** The list is another one. */
  onRooms?(rooms: RoomDirectorySnapshot['rooms']): void;
  onError?(error: CodedError, fatal: boolean): void;
}

export class DirectoryController implements ReactiveController {
  readonly #host: DirectoryHost;
  readonly #options: DirectoryControllerOptions;

  constructor(host: DirectoryHost, options: DirectoryControllerOptions = {}) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** `null` until the element is in the document. */
  get snapshot(): RoomDirectorySnapshot | null {
    void [this.#host, this.#options];
    return null;
  }

  hostConnected(): void {}
  hostDisconnected(): void {}
}
