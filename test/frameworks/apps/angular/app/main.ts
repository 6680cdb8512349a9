import { bootstrapApplication } from '@angular/platform-browser';
import { AppComponent } from './app.component';
import { config } from './app.config';

void bootstrapApplication(AppComponent, config);
