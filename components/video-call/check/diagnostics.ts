/**
 * The text for a request for support: versions, states, figures and the last events of a call.
 *
 * It is made of words of ours and of numbers alone. Whatever a person or a page wrote is left out: names, rooms,
 * addresses, tokens, labels of devices. Participants are numbered in the order of the roster.
 */
import { permissionFor } from '../../controllers/call/permissions.ts';
import type { CallController } from '../../controllers/call-controller.ts';
import type { CallParticipant, ConnectionCheck } from '../../entities.ts';
import { windowOf } from '../../internal/platform.ts';
import type { LinkFigures } from '../../rtc/link/link-stats.ts';
import type { CallParts } from '../call-view.ts';
import type { JournalLine } from '../personal/journal.ts';

/** Set by the build. */
declare const __VERSION__: string;

const version = typeof __VERSION__ === 'undefined' ? 'source' : __VERSION__;

/** The last check of each call. */
const checks = new WeakMap<CallController, ConnectionCheck>();

export function noteCheck(call: CallController, result: ConnectionCheck): void {
  checks.set(call, result);
}

const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const;
const SWITCHES = ['autojoin', 'muted', 'cameraOff', 'audioOnly', 'relayOnly', 'pushToTalk', 'saveData'] as const;

const listOf = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 100) / 100 : String(value)}`)
    .join(', ');

function lineOf(participant: CallParticipant, at: number, figures: LinkFigures | undefined): string {
  const { isSelf, role, microphone, camera, screen, quality, volume = 1 } = participant;
  const state = listOf({ role, microphone, camera, screen, quality, volume });
  return `participant ${at + 1}${isSelf ? ' (self)' : ''}: ${state}${figures ? `; ${listOf(figures)}` : ''}`;
}

/** @param journal what happened last, and how long the call lasts; `null` outside a call */
export async function describeCall(
  { call, element }: CallParts,
  journal: { readonly lines: readonly JournalLine[]; readonly lasts: string | null },
): Promise<string> {
  const view = windowOf(element);
  const { navigator, document } = view;
  const { session } = call.room;
  const figures = await call.getStats();
  const counts = KINDS.map((kind) => `${kind} ${call.devices?.devices.filter((one) => one.kind === kind).length ?? 0}`);
  const [microphone, camera] = await Promise.all([permissionFor('audio'), permissionFor('video')]);
  const result = checks.get(call);
  const now = performance.now();
  return [
    `sarangbang ${version}`,
    `browser: ${navigator.userAgent}`,
    `page: secure ${view.isSecureContext}, framed ${view.top !== view}, ${document.visibilityState}`,
    `view: ${view.innerWidth}x${view.innerHeight}, ratio ${view.devicePixelRatio}`,
    `element: ${element.clientWidth}x${element.clientHeight}`,
    `settings: ${SWITCHES.filter((name) => element[name]).join(', ') || 'none'}, layout ${wordOf(element.layout)}`,
    `state: ${listOf({ state: call.state, room: session?.store.get().state ?? 'none', role: call.role })}`,
    `error: ${call.error?.code ?? 'none'}, ${listOf(call.mediaErrors)}`,
    `lasts: ${journal.lasts ?? 'no call'}`,
    `devices: ${counts.join(', ')}; permission microphone ${microphone}, camera ${camera}`,
    `check: ${result ? listOf(result) : 'none'}`,
    ...call.given.map((one, at) => lineOf(one, at, figures.get(one.id))),
    ...journal.lines.map(({ atMs, what }) => `${((atMs - now) / 1_000).toFixed(1)} s: ${what}`),
    '',
  ].join('\n');
}

/** A page may have set a property to anything. */
const wordOf = (value: unknown): string => ['auto', 'grid', 'spotlight'].find((word) => word === value) ?? 'unknown';
