import 'sarangbang/video-call.js';
import { LitElement, html } from 'lit';
import type { CallState, StateChangeEvent } from 'sarangbang';

export class TeamCall extends LitElement {
  static properties = {
    server: {},
    room: {},
    join: { type: Boolean },
    cameraOff: { type: Boolean, attribute: 'camera-off' },
    shown: { state: true },
  };

  declare server: string;
  declare room: string;
  declare join: boolean;
  declare cameraOff: boolean;
  declare shown: CallState;

  render() {
    return html`
      <video-call
        server=${this.server}
        room=${this.room}
        ?autojoin=${this.join}
        ?camera-off=${this.cameraOff}
        @state-change=${({ state }: StateChangeEvent) => {
          this.shown = state;
        }}
      ></video-call>
      <output>${this.shown}</output>
    `;
  }

  // A call that a server rendered may have begun before this component listens.
  firstUpdated() {
    this.shown = this.renderRoot.querySelector('video-call')!.state;
  }
}

customElements.define('team-call', TeamCall);
