/**
 * Makes a sender's encoder begin anew with a whole picture. What was sent while a way was lost is missing for good, and the
 * other end asks for a whole picture only every 3 s: what it asked on the lost way never came.
 */
export async function sendDecodablePicture(sender: RTCRtpSender): Promise<void> {
  if (sender.track && (await setActive(sender, false))) await setActive(sender, true);
}

/** Others change parameters as well, and a change that was overtaken is refused. */
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
      // Closed, or overtaken: the next attempt reads what holds now.
    }
  }
  return false;
}
