/** What a call loads after the first picture, or with the first press of a button that needs it. */
export { More } from './more/more.ts';
export { Extras } from './stage/extras/extras.ts';
