import { Component, inject } from '@angular/core';
import { ActivatedRoute } from '@angular/router';
import { ClassCallComponent } from './class-call.component';

@Component({
  imports: [ClassCallComponent],
  template: `<app-class-call [server]="asked['server']" [room]="asked['room']" />`,
})
export class ClassPage {
  readonly asked = inject(ActivatedRoute).snapshot.queryParams;
}
