import { Component, CUSTOM_ELEMENTS_SCHEMA } from '@angular/core';

/** Binds the attribute of `readonly`, because Angular's `[readonly]` sets `readOnly`, as inputs of HTML have it. */
@Component({
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    @for (value of values; track $index) {
      <div [attr.data-value]="$index">
        <video-call data-cell="unlisted" [unlisted]="value"></video-call>
        <video-call data-cell="autojoin" [autojoin]="value"></video-call>
        <video-call data-cell="muted" [muted]="value"></video-call>
        <video-call data-cell="cameraOff" [cameraOff]="value"></video-call>
        <video-call data-cell="audioOnly" [audioOnly]="value"></video-call>
        <video-call data-cell="noControls" [noControls]="value"></video-call>
        <video-call data-cell="relayOnly" [relayOnly]="value"></video-call>
        <chat-room data-cell="unlisted" [unlisted]="value"></chat-room>
        <chat-room data-cell="readonly" [attr.readonly]="value"></chat-room>
        <room-list data-cell="noCreate" [noCreate]="value"></room-list>
        <device-picker data-cell="preview" [preview]="value"></device-picker>
      </div>
    }
  `,
})
export class BooleansPage {
  readonly values = [false, true, undefined, 'false', ''];
}
