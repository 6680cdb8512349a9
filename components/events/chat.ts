/** The events of `<chat-room>` alone. */
import type { Message } from '../entities.ts';
import { REQUEST, readOnly } from './fields.ts';

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
