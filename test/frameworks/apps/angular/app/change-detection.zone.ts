import { provideZoneChangeDetection } from '@angular/core';

export const changeDetection = () => provideZoneChangeDetection({ eventCoalescing: true });
