/** Up to two names, and the number of the others. */
function listOf(names: readonly string[]): string {
  const [first, second] = names;
  if (names.length < 3) return names.join(' and ');
  return `${first}, ${second} and ${names.length - 2} more`;
}

const minutesOf = (minutes: number): string => (minutes === 1 ? '1 minute' : `${minutes} minutes`);
const hoursOf = (hours: number): string => (hours === 1 ? '1 hour' : `${hours} hours`);

/** The texts of a call's lobby that load with what shows them, and of the view after the call. */
export const lobbyTerms = {
  callAllow: 'Turn on camera and microphone',
  callAllowMicrophone: 'Turn on microphone',
  callAllowHint: 'Camera and microphone stay off until you turn them on or join.',
  callAllowMicrophoneHint: 'The microphone stays off until you turn it on or join.',
  callAllowLater: 'Your browser asks for your devices when you join.',
  callAsksBoth: 'Allow camera and microphone in the box your browser shows.',
  callAsksCamera: 'Allow the camera in the box your browser shows.',
  callAsksMicrophone: 'Allow the microphone in the box your browser shows.',
  callDeviceDefault: 'System default',
  callDeviceDefaultOf: (device: string) => `System default (${device})`,
  callDeviceUnnamed: (kind: string, number: number) => `${kind} ${number}`,
  callLevel: 'Microphone level',
  callRoomLocked: 'This room is locked: new people must ask to join.',
  callNobodyHere: 'Nobody else is here yet.',
  callPeopleInCall: (names: readonly string[]) => `In the call: ${listOf(names)}`,
  callPeopleInRoom: (names: readonly string[]) => `In the room: ${listOf(names)}`,
  callStayed: (hours: number, minutes: number) => {
    if (hours > 0) return minutes > 0 ? `${hoursOf(hours)} ${minutesOf(minutes)}` : hoursOf(hours);
    return minutes > 0 ? minutesOf(minutes) : 'Less than a minute';
  },
};
