import 'sarangbang/video-call.js';
import { LitElement, html } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import type {
  CallParticipant,
  CheckCompleteEvent,
  PermissionsChangeEvent,
  Permitted,
  ReactionReceiveEvent,
  VideoCall,
} from 'sarangbang';

/** The call of a class: raised hands, the last reaction, whether only the teacher speaks, and a check. */
export class ClassCall extends LitElement {
  static properties = {
    server: {},
    room: {},
    hands: { state: true },
    reaction: { state: true },
    speakers: { state: true },
    network: { state: true },
  };

  declare server: string;
  declare room: string;
  declare hands: CallParticipant[];
  declare reaction: string;
  declare speakers: Permitted;
  declare network: string;
  #call = createRef<VideoCall>();

  constructor() {
    super();
    this.hands = [];
    this.speakers = 'everyone';
  }

  render() {
    const call = () => this.#call.value!;
    const next = this.speakers === 'everyone' ? 'moderators' : 'everyone';
    return html`
      <section>
        <video-call
          ${ref(this.#call)}
          server=${this.server}
          room=${this.room}
          autojoin
          camera-off
          sounds
          @hand-change=${this.#showHands}
          @reaction-receive=${({ emoji }: ReactionReceiveEvent) => {
            this.reaction = emoji;
          }}
          @permissions-change=${({ permissions }: PermissionsChangeEvent) => {
            this.speakers = permissions.microphone;
          }}
          @check-complete=${({ result }: CheckCompleteEvent) => {
            this.network = result.network;
          }}
        ></video-call>
        <button @click=${() => call().raiseHand()}>Hand</button>
        <button @click=${() => call().react('👏')}>Clap</button>
        <button @click=${() => call().setPermission('microphone', next)}>Speakers: ${next}</button>
        <button @click=${() => call().checkConnection()}>Check</button>
        <ol>
          ${this.hands.map(({ displayName }) => html`<li>${displayName}</li>`)}
        </ol>
        <output>${this.reaction} ${this.speakers} ${this.network}</output>
      </section>
    `;
  }

  /** The people who want to speak, the first one first. */
  #showHands() {
    const raised = this.#call.value!.participants.filter(({ hand }) => hand);
    this.hands = raised.sort((one, other) => one.handPlace! - other.handPlace!);
  }
}

customElements.define('class-call', ClassCall);
