/** The events that several elements fire. */
import type { ErrorCode } from '../../server/protocol.ts';
import type { CallState, Participant } from '../entities.ts';
import { readOnly } from './fields.ts';

/** Fact: the element's `state` changed. */
export class StateChangeEvent extends Event {
  static readonly eventName = 'state-change';
  constructor(readonly state: CallState) {
    super(StateChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact: the server moved the participant into `room`. */
export class RoomChangeEvent extends Event {
  static readonly eventName = 'room-change';
  constructor(
    readonly room: string,
    readonly reason: 'moved',
  ) {
    super(RoomChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact: another participant joined the call (`<video-call>`) or entered the room (`<chat-room>`). */
export class ParticipantJoinEvent extends Event {
  static readonly eventName = 'participant-join';
  constructor(readonly participant: Participant) {
    super(ParticipantJoinEvent.eventName);
    readOnly(this);
  }
}

/** Fact: another participant left the call or the room. */
export class ParticipantLeaveEvent extends Event {
  static readonly eventName = 'participant-leave';
  constructor(readonly participant: Participant) {
    super(ParticipantLeaveEvent.eventName);
    readOnly(this);
  }
}

/** Fact: a participant's name, role or media changed. */
export class ParticipantChangeEvent extends Event {
  static readonly eventName = 'participant-change';
  constructor(readonly participant: Participant) {
    super(ParticipantChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact: the token expires soon. */
export class TokenExpireEvent extends Event {
  static readonly eventName = 'token-expire';
  /** @param inMs milliseconds until the token expires */
  constructor(readonly inMs: number) {
    super(TokenExpireEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<device-picker>` and `<video-call>`: devices were plugged in or out, or their names became known. */
export class DevicesChangeEvent extends Event {
  static readonly eventName = 'devices-change';
  constructor(readonly devices: readonly MediaDeviceInfo[]) {
    super(DevicesChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of every element: an error for which no promise was returned. */
export class CallErrorEvent extends Event {
  static readonly eventName = 'call-error';
  /** @param fatal true if the element gave up what it was doing; otherwise it continues as far as it can */
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
    readonly fatal: boolean,
  ) {
    super(CallErrorEvent.eventName);
    readOnly(this);
  }
}
