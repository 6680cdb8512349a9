import { For } from 'solid-js';
import { VALUES } from '../values.js';

export const Page = () => (
  <For each={VALUES}>
    {(value, index) => (
      <div data-value={index()}>
        <video-call data-cell="unlisted" unlisted={value} />
        <video-call data-cell="autojoin" autojoin={value} />
        <video-call data-cell="muted" muted={value} />
        <video-call data-cell="cameraOff" camera-off={value} />
        <video-call data-cell="audioOnly" audio-only={value} />
        <video-call data-cell="noControls" no-controls={value} />
        <video-call data-cell="relayOnly" relay-only={value} />
        <chat-room data-cell="unlisted" unlisted={value} />
        <chat-room data-cell="readonly" readonly={value} />
        <room-list data-cell="noCreate" no-create={value} />
        <device-picker data-cell="preview" preview={value} />
      </div>
    )}
  </For>
);
