/** The demo page as a visitor meets it. */
import type { Page } from 'puppeteer-core';
import { waitFor } from './browser.ts';

export type Call = HTMLElementTagNameMap['video-call'];
export type Chat = HTMLElementTagNameMap['chat-room'];

/** Counts what a visitor is asked for. Runs before the scripts of the page. */
export function countQuestions(): void {
  const asked = { devices: 0, sounds: 0 };
  Object.assign(window, { asked });
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (constraints) => {
    asked.devices++;
    return ask(constraints);
  };
  const Sound = AudioContext;
  Object.assign(window, {
    AudioContext: class extends Sound {
      constructor() {
        super();
        asked.sounds++;
      }
    },
  });
}

export const readQuestions = (page: Page) =>
  page.evaluate(() => (window as unknown as { asked: { devices: number; sounds: number } }).asked);

/** Waits until a call draws the pictures of this many others. */
export const seeFaces = (page: Page, selector: string, count: number) =>
  waitFor(
    page,
    (call: string, wanted: number) => {
      const tiles = document.querySelector(call)?.shadowRoot?.querySelectorAll('[part~="tile"]') ?? [];
      const seen = [...tiles].filter((tile) => {
        const video = tile.shadowRoot?.querySelector('video');
        return !tile.part.contains('tile-self') && video && video.videoWidth > 0 && video.currentTime > 0;
      });
      return seen.length >= wanted || null;
    },
    [selector, count] as [string, number],
    `${selector} does not draw ${count} others`,
    20_000,
  );

/** Waits until these parts of an element are in sight: inside of the window, and with nothing on top. */
export function seeParts(page: Page, selector: string, parts: readonly string[]) {
  return waitFor(
    page,
    (element: string, names: readonly string[]) => {
      const root = document.querySelector(element)!.shadowRoot!;
      const hidden = names.filter((name) => {
        const part = root.querySelector(`[part~="${name}"]`);
        if (!part) return true;
        const { left, right, top, bottom } = part.getBoundingClientRect();
        if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || right <= left) return true;
        const there = root.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return !(there && (part === there || part.contains(there)));
      });
      return hidden.length === 0 || null;
    },
    [selector, parts] as [string, readonly string[]],
    `not all of ${parts.join(', ')} of ${selector} is in sight`,
  );
}
