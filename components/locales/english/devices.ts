/** The texts of `<device-picker>`. */
export const deviceTerms = {
  deviceAudioinput: 'Microphone',
  deviceVideoinput: 'Camera',
  deviceAudiooutput: 'Speaker',
  deviceDefault: 'System default',
  deviceNone: 'None found',
  deviceNumber: (kind: string, number: number) => `${kind} ${number}`,
  deviceAllowHint: 'Allow access to choose a camera and microphone.',
  deviceAllow: 'Allow access',
  deviceLevel: 'Microphone level',
  deviceTest: 'Test speaker',
};
