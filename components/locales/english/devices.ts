/** What `<device-picker>` says. */
export const deviceTerms = {
  deviceAudioinput: 'Microphone',
  deviceVideoinput: 'Camera',
  deviceAudiooutput: 'Speaker',
  deviceDefault: 'System default',
  deviceNone: 'None found',
  deviceNumber: (kind: string, number: number) => `${kind} ${number}`,
  deviceAllowHint: 'Allow access once to see the names of your devices.',
  deviceAllow: 'Allow access',
  deviceLevel: 'Loudness of the microphone',
  deviceTest: 'Play a test tone',
};
