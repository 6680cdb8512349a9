import type { ParticipantInfo } from '../../../server/protocol.ts';

/** The participants with a raised hand, the first raised first. */
export const handsOf = (participants: readonly ParticipantInfo[]): ParticipantInfo[] =>
  participants.filter(({ call }) => call?.hand).toSorted((a, b) => a.call!.hand!.n - b.call!.hand!.n);
