/**
 * Asks this browser's Opus encoder to send next to nothing in silence (DTX).
 *
 * The encoder obeys `usedtx=1` in the description of the other end. An end that can receive DTX says so in its signal
 * (`dtx`). Only then the sender writes `usedtx=1` into the description that it applies, so that no older client
 * receives DTX.
 * @param sdp the description of the other end
 */
export function withDtx(sdp: string): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  if (!payload) return sdp;
  // Only the first `a=fmtp` line of Opus, which belongs to the microphone. The sound of a screen may be quiet music.
  return sdp.replace(new RegExp(`^a=fmtp:${payload} (?!.*usedtx)[^\\r\\n]+`, 'm'), '$&;usedtx=1');
}
