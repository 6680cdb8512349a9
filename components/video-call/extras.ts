/** What a call loads after the first picture, or with the first press of a button that needs it. */
import './more/menu.ts';

export { Extras } from './stage/extras/extras.ts';
