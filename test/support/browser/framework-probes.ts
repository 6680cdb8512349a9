/** What tests read of elements in the pages of frameworks. Functions that run in a page are self-contained. */
import assert from 'node:assert/strict';
import type { Page } from 'puppeteer-core';
import type { VideoCall } from '../../../components/index.ts';
import { VALUES } from '../../frameworks/apps/values.js';

interface Told {
  element: Element;
  type: string;
  reason?: string;
}

declare global {
  interface Window {
    /** The first match, in shadow trees as well. */
    find<Found extends Element>(selector: string): Found | null;
    /** The events of calls, oldest first. */
    told: Told[];
    replaced: VideoCall;
  }
}

/**
 * A cell is an element with `data-cell`, the name of one boolean property. A page has one for each property and each of
 * `VALUES`. There are ten names, of which `unlisted` exists on two elements.
 */
const CELLS = 11 * VALUES.length;

/** Runs before any script of a page: records the events of each `<video-call>`, and defines `window.find`. */
export function watchCalls(): void {
  const search = (tree: ParentNode, selector: string): Element | null => {
    const found = tree.querySelector(selector);
    if (found) return found;
    for (const { shadowRoot } of tree.querySelectorAll('*')) {
      const inner = shadowRoot && search(shadowRoot, selector);
      if (inner) return inner;
    }
    return null;
  };
  window.find = <Found extends Element>(selector: string) => search(document, selector) as Found | null;
  window.told = [];
  const { dispatchEvent } = EventTarget.prototype;
  EventTarget.prototype.dispatchEvent = function (this: EventTarget, event: Event): boolean {
    const { type, reason } = event as Event & { reason?: string };
    const isOurs = this instanceof Element && this.localName === 'video-call' && !type.includes(':');
    if (isOurs) window.told.push({ element: this, type, reason });
    return dispatchEvent.call(this, event);
  };
}

/** Counts the requests of the page to join a call. */
export async function countJoins(page: Page): Promise<() => number> {
  let joins = 0;
  const session = await page.createCDPSession();
  await session.send('Network.enable');
  session.on('Network.webSocketFrameSent', ({ response }) => {
    // As a command, or with the handshake, which begins with `40`.
    if (/"call:join"|^40.*"call":/.test(response.payloadData)) joins++;
  });
  return () => joins;
}

/** The property that each cell shows, by `index in VALUES, tag name, property`, such as `3 video-call muted`. */
export async function readCells(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(async () => {
    // Frameworks that render in a later task have rendered after two frames.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const said: Record<string, unknown> = {};
    for (const element of document.querySelectorAll<HTMLElement>('[data-cell]')) {
      await (element as unknown as { updateComplete: Promise<unknown> }).updateComplete;
      const { cell = '' } = element.dataset;
      const value = element.closest<HTMLElement>('[data-value]')!.dataset.value;
      said[`${value} ${element.localName} ${cell}`] = (element as unknown as Record<string, unknown>)[cell];
    }
    return said;
  });
}

/**
 * The cells whose property is wrong: it must be true for `true` and the empty text, otherwise false. All cells must
 * exist. Cells for whose value `left` returns true are not checked.
 */
export function wrongCells(said: Record<string, unknown>, left: (value: unknown) => boolean = () => false): string[] {
  assert.equal(Object.keys(said).length, CELLS);
  return Object.entries(said).flatMap(([cell, is]) => {
    const value = VALUES[Number(cell[0])];
    return left(value) || is === (value === true || value === '') ? [] : [cell];
  });
}

export const isJoined = () => window.find<VideoCall>('video-call')?.state === 'joined';
export const hasLight = () =>
  window.watched.tracks.some(({ kind, readyState }) => kind === 'video' && readyState === 'live');
export const isDark = () => window.watched.tracks.every(({ readyState }) => readyState === 'ended');
export const asksForCamera = () => window.watched.captures.filter(({ video }) => Boolean(video)).length;
export const reads = (text: string) => window.find('output')?.textContent === text;
