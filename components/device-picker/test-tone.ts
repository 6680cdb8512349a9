const TONES_HZ = [523.25, 659.25];
const TONE_S = 0.35;

/**
 * Plays two short notes on the selected speaker. Uses a media element, because more browsers have its `setSinkId` than
 * that of an audio context; and a stream, because no content security policy stops it.
 */
export async function playTestTone(speakerId: string): Promise<void> {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const audio = new Audio();
  audio.srcObject = destination.stream;
  try {
    if (speakerId) await audio.setSinkId(speakerId);
    await audio.play();
    await context.resume();
    const ended = TONES_HZ.map((frequency, index) => {
      const start = context.currentTime + 0.05 + index * TONE_S;
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setTargetAtTime(0.2, start, 0.01);
      gain.gain.setTargetAtTime(0, start + TONE_S * 0.5, 0.06);
      const note = new OscillatorNode(context, { frequency });
      note.connect(gain).connect(destination);
      note.start(start);
      note.stop(start + TONE_S * 1.5);
      return new Promise((resolve) => note.addEventListener('ended', resolve));
    });
    await Promise.all(ended);
  } finally {
    audio.srcObject = null;
    await context.close();
  }
}
