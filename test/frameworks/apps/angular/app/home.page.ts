import { Component, inject } from '@angular/core';
import { ActivatedRoute, RouterLink } from '@angular/router';

@Component({
  imports: [RouterLink],
  template: `
    <a id="to-booleans" routerLink="/booleans">Booleans</a>
    <a id="to-attributes" routerLink="/attributes">Attributes</a>
    <a id="to-call" routerLink="/call" [queryParams]="query">Call</a>
  `,
})
export class HomePage {
  readonly query = inject(ActivatedRoute).snapshot.queryParams;
}
