/** The faults that can happen to a call. Dice decide whom they hit and for how long. */
import { waitFor } from './browser.ts';
import { unplug, readSelf, type DeviceFaults } from './device-probes.ts';
import type { Dice } from '../dice.ts';
import type { CallElement, ChatElement } from './meeting.ts';
import type { RoughMeeting, RoughPerson } from './rough-meeting.ts';
import { eventually } from '../waiting.ts';

type Mend = () => Promise<unknown> | void;

export interface Fault {
  readonly name: string;
  /** How long it lasts, least and most, in milliseconds. */
  readonly lastsMs: readonly [least: number, most: number];
  /** True if the call cannot be well meanwhile: if it is, the fault had no effect. */
  readonly isFelt: boolean;
  /** Starts the fault; resolves to a function that ends it. Calls `note` with the person it hit. */
  strike(meeting: RoughMeeting, dice: Dice, note: (whom: string) => void): Promise<Mend>;
}

/** A fault of one person. */
const personal = (
  name: string,
  {
    lastsMs = [0, 0],
    isFelt = false,
    mayHit = () => true,
  }: Partial<Pick<Fault, 'lastsMs' | 'isFelt'>> & { mayHit?: (person: RoughPerson) => boolean },
  strike: (person: RoughPerson) => Promise<Mend> | Mend,
): Fault => ({
  name,
  lastsMs,
  isFelt,
  async strike({ people }, dice, note) {
    const person = dice.pick(people.filter(mayHit));
    note(person.name);
    return strike(person);
  },
});

const nothing: Mend = () => undefined;

const setFaults = ({ page }: RoughPerson, faults: Partial<DeviceFaults>): Promise<void> =>
  page.evaluate((some) => {
    Object.assign(window.deviceFaults, some);
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  }, faults);

const listDevices = ({ page }: RoughPerson, wanted: MediaDeviceKind): Promise<string[]> =>
  page.evaluate(
    async (kind) =>
      (await navigator.mediaDevices.enumerateDevices())
        .filter((device) => device.kind === kind)
        .map(({ deviceId }) => deviceId),
    wanted,
  );

/** Unplugs the device that a person uses, or all of the kind. */
async function unplugOne(person: RoughPerson, kind: 'audio' | 'video', all: boolean): Promise<Mend> {
  const { deviceId } = await person.page.evaluate(readSelf, kind);
  if (all) await setFaults(person, { [kind]: 'NotFoundError', hidden: await listDevices(person, `${kind}input`) });
  await person.page.evaluate(unplug, kind, deviceId);
  return () => setFaults(person, { [kind]: null, hidden: [] });
}

export const FAULTS: readonly Fault[] = [
  ...(['SIGKILL', 'SIGTERM'] as const).map((signal): Fault => ({
    name: signal === 'SIGKILL' ? 'server killed, another started' : 'server ended, another started',
    lastsMs: [500, 5_000],
    isFelt: true,
    strike: (meeting) => meeting.stopServer(signal),
  })),
  personal('socket reset', {}, ({ way }) => {
    way.reset();
    return nothing;
  }),
  personal('socket frozen', { lastsMs: [2_000, 12_000] }, ({ way }) => {
    way.freeze();
    return () => way.restore();
  }),
  personal('no way to the server', { lastsMs: [1_000, 9_000], isFelt: true }, ({ way }) => {
    way.goDown();
    return () => way.restore();
  }),
  personal(
    'media path lost',
    { lastsMs: [3_000, 10_000], isFelt: true, mayHit: ({ isRelayed }) => !isRelayed },
    async (person) => {
      await person.loseMedia(true);
      return () => person.loseMedia(false);
    },
  ),
  personal(
    'relay lost',
    { lastsMs: [3_000, 10_000], isFelt: true, mayHit: ({ isRelayed }) => isRelayed },
    async (person) => {
      await person.loseMedia(true);
      return () => person.loseMedia(false);
    },
  ),
  personal('everything lost', { lastsMs: [3_000, 9_000], isFelt: true }, async (person) => {
    person.way.freeze();
    await person.loseMedia(true);
    return async () => {
      person.way.restore();
      await person.loseMedia(false);
    };
  }),
  personal('camera unplugged', { lastsMs: [500, 5_000] }, (person) => unplugOne(person, 'video', false)),
  personal('only camera unplugged', { lastsMs: [500, 5_000], isFelt: true }, (person) =>
    unplugOne(person, 'video', true),
  ),
  personal('only microphone unplugged', { lastsMs: [500, 5_000], isFelt: true }, (person) =>
    unplugOne(person, 'audio', true),
  ),
  personal('camera switched', {}, async (person) => {
    const { deviceId } = await person.page.evaluate(readSelf, 'video');
    const other = (await listDevices(person, 'videoinput')).find((id) => id !== deviceId)!;
    await person.page.evaluate(
      (id) => (document.querySelector('video-call') as unknown as CallElement).setDevice('videoinput', id),
      other,
    );
    await eventually(
      `${person.name} does not switch the camera`,
      async () => (await person.page.evaluate(readSelf, 'video')).deviceId === other,
    );
    return nothing;
  }),
  personal('left and joined again', { lastsMs: [200, 4_000], isFelt: true }, async ({ page }) => {
    await page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).leave());
    return () => page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).join());
  }),
  // Half of the pages last as long as the call, so that their memory can be compared.
  personal('page reloaded', { mayHit: ({ name }) => name === 'Chu' || name === 'Dal' }, async ({ page, name }) => {
    await page.reload();
    await waitFor(
      page,
      () => (document.querySelector('chat-room') as unknown as ChatElement).state === 'joined' || null,
      [],
      `${name} is not in the room after the reload`,
      15_000,
    );
    return nothing;
  }),
];
