import { Component, CUSTOM_ELEMENTS_SCHEMA, computed, input, signal } from '@angular/core';
import 'sarangbang/video-call.js';
import type { CallParticipant, Permitted, VideoCall } from 'sarangbang';

/** The call of a class: raised hands, the last reaction, whether only the teacher speaks, and a check. */
@Component({
  selector: 'app-class-call',
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <section>
      <video-call
        #call
        [server]="server()"
        [room]="room()"
        autojoin
        camera-off
        sounds
        (hand-change)="showHands(call)"
        (reaction-receive)="reaction.set($event.emoji)"
        (permissions-change)="speakers.set($event.permissions.microphone)"
        (check-complete)="network.set($event.result.network)"
      ></video-call>
      <button (click)="call.raiseHand()">Hand</button>
      <button (click)="call.react('👏')">Clap</button>
      <button (click)="call.setPermission('microphone', next())">Speakers: {{ next() }}</button>
      <button (click)="call.checkConnection()">Check</button>
      <ol>
        @for (participant of hands(); track participant.id) {
          <li>{{ participant.displayName }}</li>
        }
      </ol>
      <output>{{ reaction() }} {{ speakers() }} {{ network() }}</output>
    </section>
  `,
})
export class ClassCallComponent {
  readonly server = input.required<string>();
  readonly room = input.required<string>();
  readonly hands = signal<CallParticipant[]>([]);
  readonly reaction = signal('');
  readonly speakers = signal<Permitted>('everyone');
  readonly network = signal('');
  readonly next = computed<Permitted>(() => (this.speakers() === 'everyone' ? 'moderators' : 'everyone'));

  /** The people who want to speak, the first one first. */
  showHands(call: VideoCall) {
    const raised = call.participants.filter(({ hand }) => hand);
    this.hands.set(raised.sort((one, other) => one.handPlace! - other.handPlace!));
  }
}
