/**
 * Makes a sender's encoder start with a whole picture, because packets sent over a lost path are gone. Otherwise the
 * receiver waits: it asks for a whole picture only every 3 s, and its first request went over the lost path too.
 */
export async function sendDecodablePicture(sender: RTCRtpSender): Promise<void> {
  if (sender.track && (await setActive(sender, false))) await setActive(sender, true);
}

/** Other code changes the parameters as well, and the browser rejects a change based on outdated ones. */
async function setActive(sender: RTCRtpSender, active: boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const parameters = sender.getParameters();
    const [encoding] = parameters.encodings ?? [];
    if (!encoding) return false;
    encoding.active = active;
    try {
      await sender.setParameters(parameters);
      return true;
    } catch {
      // The connection closed, or the parameters were outdated; the next attempt reads the current ones.
    }
  }
  return false;
}
