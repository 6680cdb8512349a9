/**
 * Our DOM events: one `Event` subclass each, typed in `HTMLElementEventMap`.
 *
 * A *request* bubbles, is composed and cancelable: a listener may call `preventDefault()` to stop the action.
 * A *fact* tells what happened to the element that fires it. It does not bubble, so that no ancestor mistakes it for
 * its own. The classes stand in `events/`, divided by the code that fires them, so that a page loads no others.
 */
import type {
  BeforeJoinEvent,
  BeforeLeaveEvent,
  CallJoinEvent,
  CallLeaveEvent,
  CameraChangeEvent,
  KnockEndEvent,
  KnockEvent,
  MicrophoneChangeEvent,
  ScreenShareChangeEvent,
} from './events/call.ts';
import type { MessageReceiveEvent, MessageSendEvent, UnreadChangeEvent } from './events/chat.ts';
import type { CheckCompleteEvent } from './events/check.ts';
import type { DeviceSelectEvent } from './events/devices.ts';
import type { HandChangeEvent, PermissionsChangeEvent, ReactionReceiveEvent } from './events/hands.ts';
import type { RoomSelectEvent, RoomsChangeEvent } from './events/list.ts';
import type {
  CallErrorEvent,
  DevicesChangeEvent,
  ParticipantChangeEvent,
  ParticipantJoinEvent,
  ParticipantLeaveEvent,
  RoomChangeEvent,
  StateChangeEvent,
  TokenExpireEvent,
} from './events/shared.ts';
import type { PictureInPictureChangeEvent } from './events/small-window.ts';
import type { PinChangeEvent, SpeakerChangeEvent } from './events/stage.ts';

export * from './events/call.ts';
export * from './events/chat.ts';
export * from './events/check.ts';
export * from './events/devices.ts';
export * from './events/hands.ts';
export * from './events/list.ts';
export * from './events/shared.ts';
export * from './events/small-window.ts';
export * from './events/stage.ts';

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
  'hand-change': HandChangeEvent;
  'reaction-receive': ReactionReceiveEvent;
  'permissions-change': PermissionsChangeEvent;
  'check-complete': CheckCompleteEvent;
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
