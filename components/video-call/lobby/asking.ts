/**
 * Whether the browser is asking the person for camera and microphone now, so that the call can point at the prompt.
 *
 * No browser tells it. So it is a guess: a device is still opening after a moment, and the page may not use it yet.
 */
import type { CallController } from '../../controllers/call-controller.ts';
import { permissionFor } from '../../controllers/call/permissions.ts';

/** A device that is allowed opens sooner, in milliseconds. */
const PATIENCE_MS = 400;

const TERMS = { both: 'callAsksBoth', camera: 'callAsksCamera', microphone: 'callAsksMicrophone' } as const;

export type AskingTerm = (typeof TERMS)[keyof typeof TERMS];

export class Asking {
  readonly #call: Pick<CallController, 'shared'>;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPrompting = false;

  constructor(call: Pick<CallController, 'shared'>, onChange: () => void) {
    this.#call = call;
    this.#onChange = onChange;
  }

  /** The key of the sentence that points at the prompt; `null` while there is none. Called with each rendering. */
  get term(): AskingTerm | null {
    const opening = this.#opening;
    if (!opening) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#isPrompting = false;
    } else this.#timer ??= setTimeout(() => void this.#look(), PATIENCE_MS);
    return opening && this.#isPrompting ? TERMS[opening] : null;
  }

  get #opening(): keyof typeof TERMS | null {
    const [microphone, camera] = this.#call.shared?.media.opening ?? [];
    if (microphone) return camera ? 'both' : 'microphone';
    return camera ? 'camera' : null;
  }

  async #look(): Promise<void> {
    const states = await Promise.all([permissionFor('audio'), permissionFor('video')]);
    const opening = this.#opening;
    if (!opening || !states.some((state, at) => state === 'prompt' && opening !== (at ? 'microphone' : 'camera')))
      return;
    this.#isPrompting = true;
    this.#onChange();
  }
}
