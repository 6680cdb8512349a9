/**
 * What the pages of a call tell each other directly, by topic: for example where somebody points.
 *
 * Owns one channel for each link, for as long as the link lives, and who listens to which topic. Does not own the links
 * (`Mesh`) or the bounds of a channel (`ApplicationChannel`). It loads late: an end without it hears nothing and sends
 * nothing, as an older client does. Nothing of it passes through the server.
 */
import type { ParticipantInfo } from '../../server/protocol.ts';
import type { CarriedParticipant } from './call-transport.ts';
import { pagePulse, systemClock, type Clock, type Pulse } from './clock.ts';
import { ApplicationChannel, type ApplicationMessage, type ChannelMaker } from './link/application-channel.ts';

export type { ApplicationMessage } from './link/application-channel.ts';

/** Called with each message. @param from as the roster has its sender now @returns false for a wrong shape */
export type TopicListener = (from: ParticipantInfo, message: ApplicationMessage) => boolean;

export interface ApplicationOptions {
  /** The other participants of the call. */
  carried(): readonly Pick<CarriedParticipant, 'info' | 'link'>[];
  clock?: Pick<Clock, 'now'>;
  pulse?: Pick<Pulse, 'add'>;
}

export class Application {
  readonly #options: ApplicationOptions;
  readonly #listeners = new Map<string, Set<TopicListener>>();
  readonly #channels = new WeakMap<ChannelMaker, ApplicationChannel>();
  #endPulse: (() => void) | undefined;

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  /** Takes the messages of a topic from now on. Returns a function that ends it. */
  on(topic: string, listener: TopicListener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    // A link that is made again has a new channel.
    this.#endPulse ??= (this.#options.pulse ?? pagePulse).add(() => this.#look());
    this.#look();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(topic);
      if (this.#listeners.size > 0) return;
      this.#endPulse?.();
      this.#endPulse = undefined;
      for (const { link } of this.#options.carried()) if (link) this.#channels.get(link)?.handlePause();
    };
  }

  /** Tells everybody in the call whose page listens. Messages may be lost. */
  send(message: ApplicationMessage): void {
    for (const { link } of this.#options.carried()) if (link) this.#channels.get(link)?.send(message);
  }

  #look(): void {
    for (const other of this.#options.carried()) {
      if (!other.link) continue;
      const channel = this.#channels.get(other.link) ?? this.#open(other, other.link);
      channel?.handleBeat();
    }
  }

  #open(other: Pick<CarriedParticipant, 'info'>, link: ChannelMaker): ApplicationChannel | null {
    const clock = this.#options.clock ?? systemClock;
    try {
      const channel = new ApplicationChannel(link, {
        now: () => clock.now(),
        knows: (topic) => this.#listeners.has(topic),
        onMessage: (message) => {
          const listeners = [...(this.#listeners.get(message.topic) ?? [])];
          return listeners.map((listener) => listener(other.info, message)).every(Boolean);
        },
      });
      this.#channels.set(link, channel);
      return channel;
    } catch {
      // The connection was closed a moment ago.
      return null;
    }
  }
}
