/** The DOM events of `<video-call>`: one line for each event of its controller. */
import type { CallControllerEvents } from '../controllers/call-controller.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { tellFact } from '../controllers/removal-grace.ts';
import {
  CallErrorEvent,
  DevicesChangeEvent,
  ParticipantChangeEvent,
  ParticipantJoinEvent,
  ParticipantLeaveEvent,
  RoomChangeEvent,
  StateChangeEvent,
  TokenExpireEvent,
} from '../events/shared.ts';
import {
  CallJoinEvent,
  CallLeaveEvent,
  CameraChangeEvent,
  KnockEndEvent,
  KnockEvent,
  MicrophoneChangeEvent,
  ScreenShareChangeEvent,
} from '../events/call.ts';
import type { ErrorCode } from '../../server/protocol.ts';
import type { Emitter } from '../internal/emitter.ts';
import { ignore } from '../internal/ignore.ts';
import { moderation } from './capabilities.ts';
import type { Term } from './toolbar.ts';

type EventMakers = {
  readonly [Name in Exclude<keyof CallControllerEvents, 'error' | 'announcement' | 'speaking'>]: (
    detail: CallControllerEvents[Name],
  ) => Event;
};

const EVENTS: EventMakers = {
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
  knock: (person) => new KnockEvent(person),
  'knock-end': (person) => new KnockEndEvent(person),
  'token-expire': ({ inMs }) => new TokenExpireEvent(inMs),
};

/** Fires a DOM event on `host` for each event that `EVENTS` names, and for each error. */
export function fireEvents(host: EventTarget, locale: LocaleController, events: Emitter<CallControllerEvents>): void {
  for (const name of Object.keys(EVENTS) as (keyof EventMakers)[]) {
    events.on(name, (detail) => tellFact(host, (EVENTS[name] as (detail: unknown) => Event)(detail)));
  }
  events.on('error', ({ error, fatal }) => tellError(host, locale, error.code, fatal));
}

/** Gives screen readers a sentence for what happens in the call. */
export function readOut(events: Emitter<CallControllerEvents>, term: Term, say: (text: string) => void): void {
  events.on('participant-join', ({ displayName }) => say(term('callCame', displayName)));
  events.on('participant-leave', ({ displayName }) => say(term('callGone', displayName)));
  // The sentence is part of the moderation dialog. If that cannot be loaded, nothing shows the knock either.
  events.on(
    'knock',
    ({ displayName }) => void moderation.load().then(() => say(term('callKnocks', displayName)), ignore),
  );
  // After the call there is a farewell. Otherwise nobody may find "Joining…" in a call, or a farewell in a lobby.
  events.on('state', (state) => {
    if (state !== 'left' && state !== 'failed') say(state === 'knocking' || state === 'joining' ? term(state) : '');
  });
}

/** Fires `call-error` on `host` once its sentence is loaded, because an event is fired only once. */
export function tellError(host: EventTarget, locale: LocaleController, code: ErrorCode, fatal: boolean): void {
  locale.say(code, (sentence) => tellFact(host, new CallErrorEvent(code, sentence, fatal)));
}
