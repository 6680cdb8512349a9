import { Component, CUSTOM_ELEMENTS_SCHEMA, input, output } from '@angular/core';
import 'sarangbang/video-call.js';
import type { VideoCall } from 'sarangbang';

@Component({
  selector: 'app-call',
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <video-call
      #call
      [server]="server()"
      [room]="room()"
      [autojoin]="join()"
      [cameraOff]="cameraOff()"
      (state-change)="state.emit(call.state)"
    ></video-call>
  `,
})
export class CallComponent {
  readonly server = input.required<string>();
  readonly room = input.required<string>();
  readonly join = input(false);
  readonly cameraOff = input(false);
  readonly state = output<VideoCall['state']>();
}
