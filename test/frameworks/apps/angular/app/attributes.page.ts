import { Component, CUSTOM_ELEMENTS_SCHEMA } from '@angular/core';

@Component({
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    @for (value of values; track $index) {
      <div [attr.data-value]="$index">
        <video-call data-cell="unlisted" [attr.unlisted]="value"></video-call>
        <video-call data-cell="autojoin" [attr.autojoin]="value"></video-call>
        <video-call data-cell="muted" [attr.muted]="value"></video-call>
        <video-call data-cell="cameraOff" [attr.camera-off]="value"></video-call>
        <video-call data-cell="audioOnly" [attr.audio-only]="value"></video-call>
        <video-call data-cell="noControls" [attr.no-controls]="value"></video-call>
        <video-call data-cell="relayOnly" [attr.relay-only]="value"></video-call>
        <chat-room data-cell="unlisted" [attr.unlisted]="value"></chat-room>
        <chat-room data-cell="readonly" [attr.readonly]="value"></chat-room>
        <room-list data-cell="noCreate" [attr.no-create]="value"></room-list>
        <device-picker data-cell="preview" [attr.preview]="value"></device-picker>
      </div>
    }
  `,
})
export class AttributesPage {
  readonly values = [false, true, undefined, 'false', ''];
}
