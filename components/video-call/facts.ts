/** The DOM events by which `<video-call>` tells what is so: one line for each thing that happens in its call. */
import type { CallControllerEvents } from '../controllers/call-controller.ts';
import {
  CallErrorEvent, CallJoinEvent, CallLeaveEvent, CameraChangeEvent, DevicesChangeEvent, MicrophoneChangeEvent, ParticipantChangeEvent,
  ParticipantJoinEvent, ParticipantLeaveEvent, RoomChangeEvent, ScreenShareChangeEvent, StateChangeEvent,
} from '../events.ts';
import type { ErrorCode } from '../../server/protocol.ts';
import type { Emitter } from '../internal/emitter.ts';

type Facts = { readonly [Name in keyof CallControllerEvents]: (detail: CallControllerEvents[Name], term: (code: ErrorCode) => string) => Event };

const FACTS: Facts = {
  state: (state) => new StateChangeEvent(state),
  join: ({ room }) => new CallJoinEvent(room),
  leave: ({ room, reason }) => new CallLeaveEvent(room, reason),
  'participant-join': (participant) => new ParticipantJoinEvent(participant),
  'participant-leave': (participant) => new ParticipantLeaveEvent(participant),
  'participant-change': (participant) => new ParticipantChangeEvent(participant),
  microphone: (enabled) => new MicrophoneChangeEvent(enabled),
  camera: (enabled) => new CameraChangeEvent(enabled),
  screen: (enabled) => new ScreenShareChangeEvent(enabled),
  'room-change': ({ room, reason }) => new RoomChangeEvent(room, reason),
  devices: (devices) => new DevicesChangeEvent(devices),
  error: ({ error, fatal }, term) => new CallErrorEvent(error.code, term(error.code), fatal),
};

/** Fires on `host` what `events` tell, with errors in its language. The two live and die together, so that nothing need be taken back. */
export function fireFacts(host: EventTarget, events: Emitter<CallControllerEvents>, term: (code: ErrorCode) => string): void {
  for (const name of Object.keys(FACTS) as (keyof Facts)[]) {
    events.on(name, (detail) => host.dispatchEvent((FACTS[name] as (detail: unknown, say: typeof term) => Event)(detail, term)));
  }
}
