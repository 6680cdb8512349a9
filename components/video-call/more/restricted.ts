/** What the room may leave to moderators, how a call turns it off, and the sentence that says so. */
export const RESTRICTED = {
  microphone: { toggle: 'toggleMicrophone', sentence: 'callMayNotSpeak' },
  camera: { toggle: 'toggleCamera', sentence: 'callMayNotShow' },
  screen: { toggle: 'toggleScreenShare', sentence: 'callMayNotShare' },
} as const;

export type Restricted = typeof RESTRICTED;
