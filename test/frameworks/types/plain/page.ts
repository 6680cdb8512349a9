import { html } from 'lit';
import 'sarangbang';
import type { CallJoinEvent, DeviceValue, LayoutMode, LinkFigures } from 'sarangbang';
import { RoomSelectEvent } from 'sarangbang/events.js';

const layout: LayoutMode = 'grid';
const call = document.createElement('video-call');
call.room = 'standup';
call.layout = layout;
call.role = 'region';
call.addEventListener('call-join', ({ room }) => room.trim());
call.addEventListener('before-join', (event) => event.preventDefault());

const picker = document.querySelector('device-picker')!;
const chosen: DeviceValue = picker.value;
picker.value = { audioinput: chosen.audioinput };

document.addEventListener('room-select', ({ room }) => room.trim());
window.addEventListener('before-join', ({ room }) => room.trim());
document.body.addEventListener('message-send', ({ text }) => text.trim());
document.dispatchEvent(new RoomSelectEvent('standup'));

export async function figures(): Promise<LinkFigures | undefined> {
  return [...(await call.getStats()).values()][0];
}

export const view = (onJoin: (event: CallJoinEvent) => void) =>
  html`<video-call .room=${call.room} ?camera-off=${true} @call-join=${onJoin}></video-call>`;
