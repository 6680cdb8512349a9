/** Where the programs that tests drive are installed. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of the first of `names` found on PATH, or `null`. */
export function findProgram(...names) {
  for (const name of names) {
    for (const directory of `${process.env.PATH ?? ''}${delimiter}/usr/bin${delimiter}/usr/sbin`.split(delimiter)) {
      const path = join(directory, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here: look in the next directory.
      }
    }
  }
  return null;
}

export const findChromium = () => findProgram('chromium', 'chromium-browser', 'google-chrome');

/** Flags under which Chromium runs as root, asks nobody for devices, plays without a gesture and calls nobody. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--allow-loopback-in-peer-connection',
  // Who captures nothing offers its addresses as mDNS names, which nobody resolves where multicast is missing.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--no-first-run',
];
