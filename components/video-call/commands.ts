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

export const COMMANDS: ReadonlyMap<string, (call: Commandable) => Promise<unknown>> = new Map([
  ['--toggle-microphone', (call) => call.toggleMicrophone()],
  ['--toggle-camera', (call) => call.toggleCamera()],
  ['--toggle-screen-share', (call) => call.toggleScreenShare()],
  ['--toggle-hand', (call) => call.raiseHand()],
  ['--toggle-picture-in-picture', (call) => more.load().then(({ togglePip }) => togglePip(call))],
  ['--join', (call) => call.join()],
  ['--leave', (call) => call.leave()],
]);
