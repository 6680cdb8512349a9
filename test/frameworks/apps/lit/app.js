import { html } from 'lit';

export const call = ({ room, join, cameraOff }) =>
  html`<video-call room=${room} ?autojoin=${join} ?camera-off=${cameraOff}></video-call>`;

export const booleans = (value) => html`
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

export const properties = (value) => html`
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
