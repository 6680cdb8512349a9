/** For tests of `<video-call>` in the browser: elements against the real server, and what they tell. */
import { turnedOff } from '../../../components/controllers/turned-off.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import '../../../components/video-call/index.ts';
import { serverUrl } from '../server/real-server.ts';
import { eventually } from '../waiting.ts';

const SMALL: MediaStreamConstraints = { audio: true, video: { width: 160, height: 120, frameRate: 10 } };

let rooms = 0;

/** A room's name that no other test has. */
export function freshRoom(name = 'room'): string {
  return `${name}-${++rooms}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Where the same server is another participant: connections are shared by address, and this is another one. */
export async function otherServerUrl(): Promise<string> {
  return (await serverUrl()).replace('127.0.0.1', 'localhost');
}

export interface CallFields {
  room?: string;
  /** Address of the server; that of the tests by default. */
  server?: string;
  /** As somebody else than the other elements of the page. */
  other?: boolean;
  attributes?: Record<string, string>;
  parent?: ParentNode & Node;
}

/** A call in the document, with a small picture. */
export async function createCall({
  room = '',
  server = '',
  other = false,
  attributes = {},
  parent = document.body,
}: CallFields = {}): Promise<VideoCall> {
  const call = document.createElement('video-call');
  call.server = server || (other ? await otherServerUrl() : await serverUrl());
  call.constraints = SMALL;
  call.style.cssText = 'block-size: 420px; inline-size: 640px';
  for (const [name, value] of Object.entries(attributes)) call.setAttribute(name, value);
  call.room = room;
  parent.append(call);
  await call.updateComplete;
  return call;
}

export function reaches(call: VideoCall, state: VideoCall['state'], timeoutMs?: number): Promise<boolean> {
  return eventually(`the call in ${call.room} is ${state}, not ${call.state}`, () => call.state === state, timeoutMs);
}

/** In the call of a room, alone or with others. */
export async function joinedCall(fields: CallFields = {}): Promise<VideoCall> {
  const call = await createCall({ room: freshRoom(), ...fields, attributes: { autojoin: '', ...fields.attributes } });
  await reaches(call, 'joined');
  await call.updateComplete;
  return call;
}

/** Everybody of these is in the call with everybody. */
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
 * Removed, and the grace after it over: the next test starts in an empty house, but for whom is to stay.
 * With a default, because Mocha waits for a callback where a hook has a parameter without one.
 */
export async function removeCalls(staying: VideoCall | null = null): Promise<void> {
  const calls = [...document.querySelectorAll('video-call')].filter((call) => call !== staying);
  for (const call of calls) call.remove();
  // One that failed had no room to be let out of.
  for (const call of calls) if (call.state !== 'failed') await reaches(call, 'idle');
  // As after a reload: nobody has turned anything off.
  for (const server of Object.keys(turnedOff)) delete turnedOff[server];
}

/** One element behind a shadow root by its part, or several. */
export function partsOf(host: Element, part: string): HTMLElement[] {
  return [...host.shadowRoot!.querySelectorAll<HTMLElement>(`[part~="${part}"]`)];
}

export function partOf(host: Element, part: string): HTMLElement {
  const [element] = partsOf(host, part);
  if (!element) throw new Error(`<${host.localName}> has no part "${part}" now`);
  return element;
}

/** What an element tells, by the names of its events, in order. */
export function listen(target: EventTarget, ...names: (keyof HTMLElementEventMap)[]): Event[] {
  const heard: Event[] = [];
  for (const name of names) target.addEventListener(name, (event) => heard.push(event));
  return heard;
}

/** The code a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'not rejected';
}
