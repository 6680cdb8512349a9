/** A microphone that hums without a pause: the browser's own fake one only beeps, too shortly for a voice. */

let context: AudioContext | null = null;

/** From now on the page's microphone hums. */
export function humIntoMicrophone(): void {
  context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const oscillator = new OscillatorNode(context, { frequency: 220 });
  oscillator.connect(destination);
  oscillator.start();
  const { mediaDevices } = navigator;
  const getUserMedia = MediaDevices.prototype.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async ({ audio = false, video = false } = {}) => {
    const stream = video ? await getUserMedia({ video }) : new MediaStream();
    if (audio) stream.addTrack(destination.stream.getAudioTracks()[0]!.clone());
    return stream;
  };
}

/** Silent until then. */
export const pauseHumming = () => context?.suspend();
export const goOnHumming = () => context?.resume();

export async function stopHumming(): Promise<void> {
  delete (navigator.mediaDevices as Partial<MediaDevices>).getUserMedia;
  await context?.close();
  context = null;
}
