/**
 * The events of hands, reactions and permissions of `<video-call>`. They stand apart from the other events because the
 * code that fires them loads late.
 */
import type { RoomPermissions } from '../../server/protocol.ts';
import type { CallParticipant } from '../entities.ts';
import { readOnly } from './fields.ts';

/** Fact of `<video-call>`: a participant, perhaps this one, raised or lowered its hand, or had it lowered. */
export class HandChangeEvent extends Event {
  static readonly eventName = 'hand-change';
  constructor(
    readonly participant: CallParticipant,
    readonly raised: boolean,
  ) {
    super(HandChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: a participant, perhaps this one, reacted with an emoji. */
export class ReactionReceiveEvent extends Event {
  static readonly eventName = 'reaction-receive';
  constructor(
    readonly participant: CallParticipant,
    readonly emoji: string,
  ) {
    super(ReactionReceiveEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: `permissions` changed. */
export class PermissionsChangeEvent extends Event {
  static readonly eventName = 'permissions-change';
  constructor(readonly permissions: RoomPermissions) {
    super(PermissionsChangeEvent.eventName);
    readOnly(this);
  }
}
