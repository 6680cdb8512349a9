const TONES_HZ = [523.25, 659.25];
const TONE_S = 0.35;

/**
 * Two short notes on the chosen speaker. Through a media element, whose `setSinkId` more browsers have
 * than that of an audio context; and as a stream, which no content security policy keeps from playing.
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
