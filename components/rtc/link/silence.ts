/**
 * Asks this browser's Opus encoder to send next to nothing in silence (DTX).
 *
 * The encoder looks at the description of the other end. An end that can take it says so in its signal, and only then
 * the sender writes it into the description that it applies. So an older client never meets it.
 * @param sdp of the other end
 */
export function withDtx(sdp: string): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  if (!payload) return sdp;
  // Only the first line: that of the microphone. The sound of a screen may be quiet music.
  return sdp.replace(new RegExp(`^a=fmtp:${payload} (?!.*usedtx)[^\\r\\n]+`, 'm'), '$&;usedtx=1');
}
