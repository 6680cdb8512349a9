/** The pulse of the page's calls, for elements that show something with each beat without a timer of their own. */
export { pagePulse } from '../../rtc/clock.ts';
