import { html } from 'lit';
import { VALUES } from '../values.js';

const booleans = (value) => html`
  <video-call data-cell="unlisted" ?unlisted=${value}></video-call>
  <video-call data-cell="autojoin" ?autojoin=${value}></video-call>
  <video-call data-cell="muted" ?muted=${value}></video-call>
  <video-call data-cell="cameraOff" ?camera-off=${value}></video-call>
  <video-call data-cell="audioOnly" ?audio-only=${value}></video-call>
  <video-call data-cell="noControls" ?no-controls=${value}></video-call>
  <video-call data-cell="relayOnly" ?relay-only=${value}></video-call>
  <chat-room data-cell="unlisted" ?unlisted=${value}></chat-room>
  <chat-room data-cell="readonly" ?readonly=${value}></chat-room>
  <room-list data-cell="noCreate" ?no-create=${value}></room-list>
  <device-picker data-cell="preview" ?preview=${value}></device-picker>
`;

const properties = (value) => html`
  <video-call data-cell="unlisted" .unlisted=${value}></video-call>
  <video-call data-cell="autojoin" .autojoin=${value}></video-call>
  <video-call data-cell="muted" .muted=${value}></video-call>
  <video-call data-cell="cameraOff" .cameraOff=${value}></video-call>
  <video-call data-cell="audioOnly" .audioOnly=${value}></video-call>
  <video-call data-cell="noControls" .noControls=${value}></video-call>
  <video-call data-cell="relayOnly" .relayOnly=${value}></video-call>
  <chat-room data-cell="unlisted" .unlisted=${value}></chat-room>
  <chat-room data-cell="readonly" .readonly=${value}></chat-room>
  <room-list data-cell="noCreate" .noCreate=${value}></room-list>
  <device-picker data-cell="preview" .preview=${value}></device-picker>
`;

// Lit's `?name=` takes each text for true, also 'false', and '' for false. So a text is assigned to the property.
const write = (value) => (typeof value === 'string' ? properties(value) : booleans(value));

export const Page = () => html`${VALUES.map((value, index) => html`
  <div data-value=${index}>${write(value)}</div>`)}`;
