/** The events of `<video-call>` that its first chunk fires. */
import { REQUEST, readOnly } from './fields.ts';

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
