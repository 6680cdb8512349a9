import { Component, inject, signal } from '@angular/core';
import { ActivatedRoute, RouterLink } from '@angular/router';
import { CallComponent } from './call.component';

@Component({
  imports: [CallComponent, RouterLink],
  template: `
    <a id="to-home" routerLink="/" [queryParams]="asked">Home</a>
    <button id="show" (click)="isShown.set(!isShown())">Show or hide</button>
    <button id="again" (click)="key.set(key() + 1)">Another element</button>
    <output>{{ heard().join(' ') }}</output>
    @if (isShown()) {
      @for (current of [key()]; track current) {
        <app-call
          [server]="asked['server']"
          [room]="asked['room']"
          [join]="asked['join'] === 'true'"
          [cameraOff]="asked['cameraOff'] === 'true'"
          (state)="heard.set([...heard(), $event])"
        />
      }
    }
  `,
})
export class CallPage {
  readonly asked = inject(ActivatedRoute).snapshot.queryParams;
  readonly isShown = signal(true);
  readonly key = signal(0);
  readonly heard = signal<string[]>([]);
}
