import { ApplicationRef, Component, inject, type DoCheck } from '@angular/core';
import { RouterOutlet } from '@angular/router';

declare global {
  var changeDetections: number;
}

@Component({ selector: 'app-root', imports: [RouterOutlet], template: '<router-outlet />' })
export class AppComponent implements DoCheck {
  constructor() {
    // When Angular is stable for the first time, it has hydrated what the server rendered.
    void inject(ApplicationRef).whenStable().then(() => {
      if (typeof document === 'object') document.documentElement.dataset['hydrated'] = 'yes';
    });
  }

  ngDoCheck() {
    globalThis.changeDetections = (globalThis.changeDetections ?? 0) + 1;
  }
}
