/** Finds the programs that tests drive. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of the first of `names` on PATH, or `null`.
 * @param {string[]} names
 */
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

/**
 * Flags with which Chromium runs as root, prompts for no device, plays without a gesture and contacts no outside
 * server.
 */
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
  // A page without a capture offers mDNS names, which cannot be resolved where multicast is missing.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--no-first-run',
];
