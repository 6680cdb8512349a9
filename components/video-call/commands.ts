import { more } from './capabilities.ts';

/** The commands that a native invoker button (`<button commandfor="call" command="--leave">`) may send to a call. */
interface Commandable {
  join(): Promise<unknown>;
  leave(): Promise<unknown>;
  toggleMicrophone(): Promise<unknown>;
  toggleCamera(): Promise<unknown>;
  toggleScreenShare(): Promise<unknown>;
  raiseHand(): Promise<unknown>;
  requestPictureInPicture(): Promise<unknown>;
  exitPictureInPicture(): Promise<unknown>;
}

const togglePip = (call: Commandable): Promise<unknown> =>
  more.loaded?.isOut(call) ? call.exitPictureInPicture() : call.requestPictureInPicture();

export const COMMANDS: ReadonlyMap<string, (call: Commandable) => Promise<unknown>> = new Map([
  ['--toggle-microphone', (call) => call.toggleMicrophone()],
  ['--toggle-camera', (call) => call.toggleCamera()],
  ['--toggle-screen-share', (call) => call.toggleScreenShare()],
  ['--toggle-hand', (call) => call.raiseHand()],
  ['--toggle-picture-in-picture', (call) => togglePip(call)],
  ['--join', (call) => call.join()],
  ['--leave', (call) => call.leave()],
]);
