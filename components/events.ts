/**
 * Our DOM events: one `Event` subclass each, typed in `HTMLElementEventMap`.
 *
 * A *request* bubbles, is composed and cancelable: a listener may call `preventDefault()` to stop the action.
 * A *fact* tells what happened to the element that fires it. It does not bubble, so that no ancestor mistakes it for
 * its own. This file owns their shapes; elements decide when to fire.
 */
import type { ErrorCode } from '../server/protocol.ts';
import type { CallParticipant, CallState, Message, Participant, RoomInfo } from './entities.ts';

const REQUEST: EventInit = { bubbles: true, composed: true, cancelable: true };

/** Makes the fields read-only, as in the platform's events. Frameworks can still add fields of their own. */
function readOnly(event: Event): void {
  for (const name of Object.keys(event))
    if (name !== 'isTrusted') Object.defineProperty(event, name, { writable: false });
}

/** Request of `<room-list>`: a person selected or named a room. */
export class RoomSelectEvent extends Event {
  static readonly eventName = 'room-select';
  constructor(readonly room: string) {
    super(RoomSelectEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Request of `<device-picker>`: a person selected a device. */
export class DeviceSelectEvent extends Event {
  static readonly eventName = 'device-select';
  constructor(
    readonly kind: MediaDeviceKind,
    readonly deviceId: string,
  ) {
    super(DeviceSelectEvent.eventName, REQUEST);
    readOnly(this);
  }

  /** Set by a call that handles the event. Resolves once the call has switched; rejects if it could not. */
  declare switching?: Promise<unknown>;
}

/** Request of `<chat-room>`: fired before a text is sent, to everybody or to one participant. */
export class MessageSendEvent extends Event {
  static readonly eventName = 'message-send';
  constructor(
    readonly text: string,
    readonly to?: string,
  ) {
    super(MessageSendEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Request of `<video-call>`: fired before joining the call of `room`. */
export class BeforeJoinEvent extends Event {
  static readonly eventName = 'before-join';
  constructor(readonly room: string) {
    super(BeforeJoinEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Request of `<video-call>`: fired before leaving the call of `room`. */
export class BeforeLeaveEvent extends Event {
  static readonly eventName = 'before-leave';
  constructor(readonly room: string) {
    super(BeforeLeaveEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the participant joined the call of `room`. */
export class CallJoinEvent extends Event {
  static readonly eventName = 'call-join';
  constructor(readonly room: string) {
    super(CallJoinEvent.eventName);
    readOnly(this);
  }
}

export type CallLeaveReason =
  | 'left'
  | 'room-changed'
  | 'moved'
  | 'removed'
  | 'ended'
  | 'replaced'
  | 'token-expired'
  | 'element-removed';

/** Fact of `<video-call>`: the participant left the call of `room`. */
export class CallLeaveEvent extends Event {
  static readonly eventName = 'call-leave';
  constructor(
    readonly room: string,
    readonly reason: CallLeaveReason,
  ) {
    super(CallLeaveEvent.eventName);
    readOnly(this);
  }
}

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

/** Fact of `<video-call>`: the participant's own microphone was turned on or off. */
export class MicrophoneChangeEvent extends Event {
  static readonly eventName = 'microphone-change';
  constructor(readonly enabled: boolean) {
    super(MicrophoneChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the participant's own camera was turned on or off. */
export class CameraChangeEvent extends Event {
  static readonly eventName = 'camera-change';
  constructor(readonly enabled: boolean) {
    super(CameraChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the participant started or stopped sharing the screen. */
export class ScreenShareChangeEvent extends Event {
  static readonly eventName = 'screen-share-change';
  constructor(readonly enabled: boolean) {
    super(ScreenShareChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: a tile of `participant` was pinned; `null` if none is pinned any more. */
export class PinChangeEvent extends Event {
  static readonly eventName = 'pin-change';
  constructor(readonly participant: CallParticipant | null) {
    super(PinChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: `participant` is the one who spoke last of all others; `null` if that participant left. */
export class SpeakerChangeEvent extends Event {
  static readonly eventName = 'speaker-change';
  constructor(readonly participant: CallParticipant | null) {
    super(SpeakerChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the call is shown in a small window, or no longer. */
export class PictureInPictureChangeEvent extends Event {
  static readonly eventName = 'picture-in-picture-change';
  constructor(readonly active: boolean) {
    super(PictureInPictureChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact for moderators: a person asks to be let into the locked room. */
export class KnockEvent extends Event {
  static readonly eventName = 'knock';
  constructor(readonly participant: { id: string; displayName: string }) {
    super(KnockEvent.eventName);
    readOnly(this);
  }
}

/** Fact for moderators: a person no longer asks to be let in. */
export class KnockEndEvent extends Event {
  static readonly eventName = 'knock-end';
  constructor(readonly participant: { id: string; displayName: string }) {
    super(KnockEndEvent.eventName);
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

/** Fact of `<chat-room>`: a message of another participant, a notice or an announcement arrived. */
export class MessageReceiveEvent extends Event {
  static readonly eventName = 'message-receive';
  constructor(readonly message: Message) {
    super(MessageReceiveEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<chat-room>`: the number of unread messages changed. */
export class UnreadChangeEvent extends Event {
  static readonly eventName = 'unread-change';
  constructor(readonly unreadCount: number) {
    super(UnreadChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<room-list>`: the list of public rooms changed. */
export class RoomsChangeEvent extends Event {
  static readonly eventName = 'rooms-change';
  constructor(readonly rooms: readonly RoomInfo[]) {
    super(RoomsChangeEvent.eventName);
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

/** Requests bubble, so listeners on the document and the window receive them too. */
interface RequestEventMap {
  'room-select': RoomSelectEvent;
  'device-select': DeviceSelectEvent;
  'message-send': MessageSendEvent;
  'before-join': BeforeJoinEvent;
  'before-leave': BeforeLeaveEvent;
}

/** Facts do not bubble: only a listener on the element itself receives them. */
interface FactEventMap {
  'call-join': CallJoinEvent;
  'call-leave': CallLeaveEvent;
  'state-change': StateChangeEvent;
  'room-change': RoomChangeEvent;
  'participant-join': ParticipantJoinEvent;
  'participant-leave': ParticipantLeaveEvent;
  'participant-change': ParticipantChangeEvent;
  'microphone-change': MicrophoneChangeEvent;
  'camera-change': CameraChangeEvent;
  'screen-share-change': ScreenShareChangeEvent;
  'pin-change': PinChangeEvent;
  'speaker-change': SpeakerChangeEvent;
  'picture-in-picture-change': PictureInPictureChangeEvent;
  knock: KnockEvent;
  'knock-end': KnockEndEvent;
  'token-expire': TokenExpireEvent;
  'message-receive': MessageReceiveEvent;
  'unread-change': UnreadChangeEvent;
  'rooms-change': RoomsChangeEvent;
  'devices-change': DevicesChangeEvent;
  'call-error': CallErrorEvent;
}

declare global {
  interface HTMLElementEventMap extends RequestEventMap, FactEventMap {}
  interface DocumentEventMap extends RequestEventMap {}
  interface WindowEventMap extends RequestEventMap {}
}
