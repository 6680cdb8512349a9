import { html } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import './call.ts';
import './class-call.ts';

const callOf = ({ server, room, join, cameraOff }) =>
  html`<team-call server=${server} room=${room} ?join=${join} ?camera-off=${cameraOff}></team-call>`;

const meetingOf = ({ turn, call }) => html`${turn ? keyed(turn, callOf(call)) : html`<p>Elsewhere</p>`}`;

const classOf = ({ server, room }) => html`<class-call server=${server} room=${room}></class-call>`;

export const Page = ({ inClass, ...props }) => (inClass ? classOf(inClass) : meetingOf(props));
