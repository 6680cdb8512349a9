/** For tests of `<video-call>` in the browser: elements and the real server, and the events they fire. */
import { turnedOff } from '../../../components/controllers/turned-off.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import '../../../components/video-call/index.ts';
import { serverUrl } from '../server/real-server.ts';
import { eventually } from '../waiting.ts';

const SMALL: MediaStreamConstraints = { audio: true, video: { width: 160, height: 120, frameRate: 10 } };

let rooms = 0;

/** A room name that no other test uses. */
export function freshRoom(name = 'room'): string {
  return `${name}-${++rooms}-${Math.random().toString(36).slice(2, 8)}`;
}

/** A second address of the same server. Connections are shared by address, so it is a second participant. */
export async function otherServerUrl(): Promise<string> {
  return (await serverUrl()).replace('127.0.0.1', 'localhost');
}

export interface CallFields {
  room?: string;
  /** URL of the server; default: that of the tests. */
  server?: string;
  /** True uses `otherServerUrl()`, so that this element is a participant of its own. */
  other?: boolean;
  attributes?: Record<string, string>;
  /** What to capture; by default a small picture and sound. */
  constraints?: MediaStreamConstraints;
  parent?: ParentNode & Node;
}

/** Adds a call with a small picture to the document. */
export async function createCall({
  room = '',
  server = '',
  other = false,
  attributes = {},
  constraints = SMALL,
  parent = document.body,
}: CallFields = {}): Promise<VideoCall> {
  const call = document.createElement('video-call');
  call.server = server || (other ? await otherServerUrl() : await serverUrl());
  call.constraints = constraints;
  call.style.cssText = 'block-size: 420px; inline-size: 640px';
  for (const [name, value] of Object.entries(attributes)) call.setAttribute(name, value);
  call.room = room;
  parent.append(call);
  await call.updateComplete;
  return call;
}

/** Waits for the state in the room that the element has now: until it renders, it still tells that of the last room. */
export async function reaches(call: VideoCall, state: VideoCall['state'], timeoutMs?: number): Promise<boolean> {
  await call.updateComplete;
  return eventually(`the call in ${call.room} is ${state}, not ${call.state}`, () => call.state === state, timeoutMs);
}

/** Adds a call that has joined a room, alone or with others. */
export async function joinedCall(fields: CallFields = {}): Promise<VideoCall> {
  const call = await createCall({ room: freshRoom(), ...fields, attributes: { autojoin: '', ...fields.attributes } });
  await reaches(call, 'joined');
  await call.updateComplete;
  return call;
}

/** Resolves when each of these calls shows all others. */
export async function together(...calls: VideoCall[]): Promise<void> {
  for (const call of calls) {
    await eventually(
      `a call of ${calls.length}, not ${call.participants.length}`,
      () => call.participants.length === calls.length,
    );
    await call.updateComplete;
  }
}

/**
 * Removes all calls except `staying`, and waits until each has left its room: an element does that half a second after
 * its removal. `staying` has a default value, because Mocha passes a callback to a hook with a parameter without one.
 */
export async function removeCalls(staying: VideoCall | null = null): Promise<void> {
  const calls = [...document.querySelectorAll('video-call')].filter((call) => call !== staying);
  for (const call of calls) call.remove();
  // A failed call is in no room, and stays `failed`.
  for (const call of calls) if (call.state !== 'failed') await reaches(call, 'idle');
  // The page remembers which devices were turned off. Forget that, as a reload does.
  for (const server of Object.keys(turnedOff)) delete turnedOff[server];
}

/** All elements in the shadow root of `host` that have a part of this name. */
export function partsOf(host: Element, part: string): HTMLElement[] {
  return [...host.shadowRoot!.querySelectorAll<HTMLElement>(`[part~="${part}"]`)];
}

export function partOf(host: Element, part: string): HTMLElement {
  const [element] = partsOf(host, part);
  if (!element) throw new Error(`<${host.localName}> has no part "${part}" now`);
  return element;
}

/** What the banner of a call says. */
export const said = (call: Element): string => partsOf(call, 'banner-text')[0]?.textContent ?? '';

/** Opens the menu of a call and presses the line that has this part. */
export async function pressInMenu(call: Element, part: string): Promise<void> {
  partOf(call, 'more-button').click();
  const line = await eventually(`${part} in the menu`, () =>
    call.shadowRoot!.querySelector('sarangbang-menu')?.shadowRoot?.querySelector<HTMLElement>(`[part~="${part}"]`),
  );
  line.click();
}

/** Collects the events of these names that `target` receives from now on, in order. */
export function listen(target: EventTarget, ...names: (keyof HTMLElementEventMap)[]): Event[] {
  const heard: Event[] = [];
  for (const name of names) target.addEventListener(name, (event) => heard.push(event));
  return heard;
}

/** The code that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'not rejected';
}
