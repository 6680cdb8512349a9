import { html } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import './call.ts';

const callOf = ({ server, room, join, cameraOff }) =>
  html`<team-call server=${server} room=${room} ?join=${join} ?camera-off=${cameraOff}></team-call>`;

export const Page = ({ turn, call }) => html`${turn ? keyed(turn, callOf(call)) : html`<p>Elsewhere</p>`}`;
