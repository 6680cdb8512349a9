/**
 * Our DOM events: one `Event` subclass each, typed in `HTMLElementEventMap`.
 *
 * A *request* bubbles, is composed and cancelable: it asks, and whoever hears it may `preventDefault()`.
 * A *fact* tells what is so of the element that fires it and does not bubble, so that no ancestor
 * can mistake it for its own. This file owns their shapes; elements decide when to fire.
 */
import type { ErrorCode } from '../server/protocol.ts';
import type { CallState, Message, Participant, RoomInfo } from './entities.ts';

const REQUEST: EventInit = { bubbles: true, composed: true, cancelable: true };

/** Fields as those of the platform's events. The event itself stays open: frameworks leave marks of their own on it. */
function readOnly(event: Event): void {
  for (const name of Object.keys(event))
    if (name !== 'isTrusted') Object.defineProperty(event, name, { writable: false });
}

/** Request of `<room-list>`: somebody chose or named a room. */
export class RoomSelectEvent extends Event {
  static readonly eventName = 'room-select';
  constructor(readonly room: string) {
    super(RoomSelectEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Request of `<device-picker>`: somebody chose a device. */
export class DeviceSelectEvent extends Event {
  static readonly eventName = 'device-select';
  constructor(
    readonly kind: MediaDeviceKind,
    readonly deviceId: string,
  ) {
    super(DeviceSelectEvent.eventName, REQUEST);
    readOnly(this);
  }

  /** Set by a call that hears it: settles once the call has switched, or could not. */
  declare switching?: Promise<unknown>;
}

/** Request of `<chat-room>`: a text is about to be sent, to all or to one participant. */
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

/** Request of `<video-call>`: about to join the call of `room`. */
export class BeforeJoinEvent extends Event {
  static readonly eventName = 'before-join';
  constructor(readonly room: string) {
    super(BeforeJoinEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Request of `<video-call>`: about to leave the call of `room`. */
export class BeforeLeaveEvent extends Event {
  static readonly eventName = 'before-leave';
  constructor(readonly room: string) {
    super(BeforeLeaveEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: in the call of `room`. */
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

/** Fact of `<video-call>`: no longer in the call of `room`. */
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

/** Fact: the element's `state` is another one. */
export class StateChangeEvent extends Event {
  static readonly eventName = 'state-change';
  constructor(readonly state: CallState) {
    super(StateChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact: the server moved this participant, and the element followed into `room`. */
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

/** Fact: somebody came (into the call for `<video-call>`, into the room for `<chat-room>`). */
export class ParticipantJoinEvent extends Event {
  static readonly eventName = 'participant-join';
  constructor(readonly participant: Participant) {
    super(ParticipantJoinEvent.eventName);
    readOnly(this);
  }
}

/** Fact: somebody went. */
export class ParticipantLeaveEvent extends Event {
  static readonly eventName = 'participant-leave';
  constructor(readonly participant: Participant) {
    super(ParticipantLeaveEvent.eventName);
    readOnly(this);
  }
}

/** Fact: a name, a role or what somebody sends is another. */
export class ParticipantChangeEvent extends Event {
  static readonly eventName = 'participant-change';
  constructor(readonly participant: Participant) {
    super(ParticipantChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the own microphone is on or off. */
export class MicrophoneChangeEvent extends Event {
  static readonly eventName = 'microphone-change';
  constructor(readonly enabled: boolean) {
    super(MicrophoneChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the own camera is on or off. */
export class CameraChangeEvent extends Event {
  static readonly eventName = 'camera-change';
  constructor(readonly enabled: boolean) {
    super(CameraChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: the own screen is shared or no longer. */
export class ScreenShareChangeEvent extends Event {
  static readonly eventName = 'screen-share-change';
  constructor(readonly enabled: boolean) {
    super(ScreenShareChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact for moderators: somebody waits before the locked room. */
export class KnockEvent extends Event {
  static readonly eventName = 'knock';
  constructor(readonly participant: { id: string; displayName: string }) {
    super(KnockEvent.eventName);
    readOnly(this);
  }
}

/** Fact for moderators: somebody no longer waits. */
export class KnockEndEvent extends Event {
  static readonly eventName = 'knock-end';
  constructor(readonly participant: { id: string; displayName: string }) {
    super(KnockEndEvent.eventName);
    readOnly(this);
  }
}

/** Fact: the token ends soon. */
export class TokenExpireEvent extends Event {
  static readonly eventName = 'token-expire';
  /** @param inMs milliseconds until its end */
  constructor(readonly inMs: number) {
    super(TokenExpireEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<chat-room>`: a message of somebody else, a notice or an announcement came. */
export class MessageReceiveEvent extends Event {
  static readonly eventName = 'message-receive';
  constructor(readonly message: Message) {
    super(MessageReceiveEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<chat-room>`: the number of unread messages is another. */
export class UnreadChangeEvent extends Event {
  static readonly eventName = 'unread-change';
  constructor(readonly unreadCount: number) {
    super(UnreadChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<room-list>`: the open rooms are others. */
export class RoomsChangeEvent extends Event {
  static readonly eventName = 'rooms-change';
  constructor(readonly rooms: readonly RoomInfo[]) {
    super(RoomsChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<device-picker>` and `<video-call>`: devices were plugged in or out, or named. */
export class DevicesChangeEvent extends Event {
  static readonly eventName = 'devices-change';
  constructor(readonly devices: readonly MediaDeviceInfo[]) {
    super(DevicesChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of any of the four: something went wrong that no promise was returned for. */
export class CallErrorEvent extends Event {
  static readonly eventName = 'call-error';
  /** @param fatal true when the element gave up what it was doing; otherwise it goes on as far as it can */
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
    readonly fatal: boolean,
  ) {
    super(CallErrorEvent.eventName);
    readOnly(this);
  }
}

/** Requests bubble: the document and the window hear them as well. */
interface RequestEventMap {
  'room-select': RoomSelectEvent;
  'device-select': DeviceSelectEvent;
  'message-send': MessageSendEvent;
  'before-join': BeforeJoinEvent;
  'before-leave': BeforeLeaveEvent;
}

/** Facts do not bubble: only a listener on the element itself hears them. */
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
