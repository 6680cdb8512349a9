/** Renders the four elements on a server, without a browser, and writes their markup to standard output. */
import { render } from '@lit-labs/ssr';
import { collectResult } from '@lit-labs/ssr/lib/render-result.js';
import { html } from 'lit';
import 'sarangbang';

const page = html`
  <video-call room="a room" display-name="A name" autojoin="false" .cameraOff=${true}></video-call>
  <chat-room room="a room" .displayName=${'A name'} readonly></chat-room>
  <room-list for="a-call" .selected=${'a room'}></room-list>
  <device-picker kinds="audioinput" .preview=${true} .value=${{ audioinput: 'x' }}></device-picker>
`;

process.stdout.write(await collectResult(render(page)));
