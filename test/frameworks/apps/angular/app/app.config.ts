import type { ApplicationConfig } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { provideRouter, type Routes } from '@angular/router';
import { changeDetection } from './change-detection';
import { HomePage } from './home.page';

const routes: Routes = [
  { path: '', component: HomePage },
  { path: 'booleans', loadComponent: () => import('./booleans.page').then(({ BooleansPage }) => BooleansPage) },
  { path: 'attributes', loadComponent: () => import('./attributes.page').then(({ AttributesPage }) => AttributesPage) },
  { path: 'call', loadComponent: () => import('./call.page').then(({ CallPage }) => CallPage) },
  { path: 'class', loadComponent: () => import('./class.page').then(({ ClassPage }) => ClassPage) },
];

export const config: ApplicationConfig = {
  providers: [changeDetection(), provideRouter(routes), provideClientHydration()],
};
