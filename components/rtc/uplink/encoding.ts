/**
 * The parameters of one video sender.
 *
 * Owns their changes, one after the other: the browser rejects a change that is based on outdated parameters. Does not
 * own what the sender should send (`Sharing`). No change here negotiates.
 */
import { UNLIMITED, type Fit } from './share.ts';

/** How often a rejected change is tried. It is rejected if a negotiation came in between, or the connection closed. */
const ATTEMPTS = 10;

/** What holds where a parameter is missing. */
const DEFAULTS: RTCRtpEncodingParameters = { active: true, scaleResolutionDownBy: 1 };
const PARAMETERS = ['active', 'scaleResolutionDownBy', 'maxFramerate', 'maxBitrate'] as const;

const limit = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

/** Changes `encoding`. Returns false if nothing was different. */
function write(encoding: RTCRtpEncodingParameters, { active, scale, fps, kbps }: Fit): boolean {
  const wanted: RTCRtpEncodingParameters = {
    active,
    scaleResolutionDownBy: scale,
    maxFramerate: limit(fps),
    maxBitrate: limit(kbps * 1_000),
  };
  const different = PARAMETERS.filter((name) => (encoding[name] ?? DEFAULTS[name]) !== wanted[name]);
  for (const name of different) {
    Object.assign(encoding, { [name]: wanted[name] });
    // Some browsers reject a parameter that is present without a value.
    if (wanted[name] === undefined) delete encoding[name];
  }
  return different.length > 0;
}

/** The `sendEncodings` of a new transceiver, so that its limits hold from the first frame on. */
export function firstEncodings(fit: Fit): RTCRtpEncodingParameters[] {
  const encoding: RTCRtpEncodingParameters = {};
  return write(encoding, fit) ? [encoding] : [];
}

export class Encoding {
  readonly #sender: RTCRtpSender;
  #fit: Fit = UNLIMITED;
  #renewing = false;
  #busy = false;
  #written: Promise<void> = Promise.resolve();

  constructor(sender: RTCRtpSender) {
    this.#sender = sender;
  }

  /** Sets what the sender may send. A sender without parameters yet needs a second call after negotiation. */
  fit(fit: Fit): Promise<void> {
    this.#fit = fit;
    return this.#run();
  }

  /**
   * Makes the encoder send a key frame after the path changed, because packets sent over a lost path are gone.
   * Otherwise the receiver waits: it asks for a key frame only every 3 s, and its first request went over the lost path
   * too.
   */
  renewPicture(): Promise<void> {
    this.#renewing = this.#sender.track !== null && this.#fit.active;
    return this.#run();
  }

  #run(): Promise<void> {
    if (this.#busy) return this.#written;
    this.#busy = true;
    return (this.#written = this.#write());
  }

  async #write(): Promise<void> {
    for (let rejected = 0; rejected < ATTEMPTS;) {
      const parameters = this.#sender.getParameters();
      const [encoding] = parameters.encodings ?? [];
      const fit = this.#fit;
      const renewing = this.#renewing;
      if (!encoding || (!write(encoding, fit) && !renewing)) break;
      if (renewing) encoding.active = false;
      try {
        await this.#sender.setParameters(parameters);
        if (renewing) this.#renewing = false;
        // Ends here without comparing again: a parameter that this browser does not know would differ for ever.
        else if (fit === this.#fit && !this.#renewing) break;
      } catch {
        rejected++;
      }
    }
    this.#renewing = false;
    this.#busy = false;
  }
}
