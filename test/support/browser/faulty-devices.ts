/** The real devices, with the faults that a test sets; counts what is captured. */
export class FaultyDevices extends EventTarget {
  readonly captured: MediaStreamTrack[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  readonly askedOfScreen: (DisplayMediaStreamOptions | undefined)[] = [];
  /** Returns the name of the error for a request that fails, otherwise `null`. */
  fault: (constraints: MediaStreamConstraints) => string | null = () => null;
  /** Every request waits for this, as a real request waits for the person's answer to the browser's prompt. */
  prompt: Promise<unknown> = Promise.resolve();
  hidden: string[] = [];

  getUserMedia = async (constraints: MediaStreamConstraints): Promise<MediaStream> => {
    this.asked.push(constraints);
    await this.prompt;
    const name = this.fault(constraints);
    if (name) throw new DOMException(name, name);
    return this.#count(await navigator.mediaDevices.getUserMedia(constraints));
  };

  getDisplayMedia = async (options?: DisplayMediaStreamOptions): Promise<MediaStream> => {
    this.askedOfScreen.push(options);
    await this.prompt;
    const name = this.fault({});
    if (name) throw new DOMException(name === 'NotAllowedError' ? 'Permission denied' : name, name);
    return this.#count(document.createElement('canvas').captureStream(5));
  };

  enumerateDevices = async (): Promise<MediaDeviceInfo[]> =>
    (await navigator.mediaDevices.enumerateDevices()).filter(({ deviceId }) => !this.hidden.includes(deviceId));

  get live(): number {
    return this.captured.filter(({ readyState }) => readyState === 'live').length;
  }

  #count(stream: MediaStream): MediaStream {
    this.captured.push(...stream.getTracks());
    return stream;
  }
}
