/** Picker and running call together: a device that does not open is neither shown nor remembered. */
import { expect } from 'chai';
import '../../../components/device-picker/index.ts';
import type { DevicePicker } from '../../../components/device-picker/device-picker.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  partsOf,
  reaches,
  removeCalls,
  pressInMenu,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

type Kind = 'audioinput' | 'videoinput';

/** Id of the device that does not open, and the name of its error. */
let broken = { id: '', name: '' };
let opened: string[] = [];
const captured: MediaStreamTrack[] = [];

const { mediaDevices } = navigator;

beforeEach(() => {
  broken = { id: '', name: '' };
  opened = [];
  mediaDevices.getUserMedia = async (constraints = {}) => {
    const asked = JSON.stringify(constraints);
    if (broken.id && asked.includes(broken.id)) throw new DOMException('', broken.name);
    opened.push(asked);
    const stream = await MediaDevices.prototype.getUserMedia.call(mediaDevices, constraints);
    captured.push(...stream.getTracks());
    return stream;
  };
});

afterEach(async () => {
  await removeCalls();
  for (const picker of document.querySelectorAll('device-picker')) picker.remove();
  // A removed picker keeps its preview for a short grace.
  await eventually('nothing is captured', () => captured.every(({ readyState }) => readyState === 'ended'));
  delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
  localStorage.clear();
});

async function createPicker(
  attributes: Record<string, string>,
  parent: Element = document.body,
): Promise<DevicePicker> {
  const picker = document.createElement('device-picker');
  for (const [name, value] of Object.entries(attributes)) picker.setAttribute(name, value);
  parent.append(picker);
  await picker.updateComplete;
  return picker;
}

const selectOf = (picker: DevicePicker, kind: Kind) =>
  partsOf(picker, 'select').find(({ id }) => id === kind) as HTMLSelectElement;
const idsOf = (picker: DevicePicker, kind: Kind): Promise<string[]> =>
  eventually('two devices by name', () => {
    const ids = [...(selectOf(picker, kind)?.options ?? [])].map(({ value }) => value).filter(Boolean);
    return ids.length >= 2 ? ids : null;
  });
const openId = (call: VideoCall, kind: Kind): string =>
  call.participants[0]?.stream
    ?.getTracks()
    .find((track) => track.kind === (kind === 'audioinput' ? 'audio' : 'video'))
    ?.getSettings().deviceId ?? '';

function choose(picker: DevicePicker, kind: Kind, deviceId: string): void {
  const select = selectOf(picker, kind);
  select.value = deviceId;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

/** The picker inside the settings of a call. */
async function settingsOf(call: VideoCall): Promise<DevicePicker> {
  await pressInMenu(call, 'settings-button');
  const dialog = await eventually('the settings', () =>
    call.shadowRoot!.querySelector('sarangbang-settings-dialog')?.shadowRoot?.querySelector('dialog[open]'),
  );
  return dialog.querySelector('sarangbang-device-picker') as DevicePicker;
}

interface Arrangement {
  name: string;
  /** Makes a picker in which a person chooses the devices of `call`; without a call it is a picker alone. */
  arrange: () => Promise<{ call: VideoCall | null; picker: DevicePicker }>;
  choose?: typeof choose;
  kinds?: readonly Kind[];
}

const inCall = async (): Promise<VideoCall> => {
  const call = await joinedCall({ attributes: { id: 'picked' } });
  await eventually('both devices', () => openId(call, 'videoinput') && openId(call, 'audioinput'));
  return call;
};

const ARRANGEMENTS: Arrangement[] = [
  {
    name: 'in a picker that names the call',
    arrange: async () => ({ call: await inCall(), picker: await createPicker({ for: 'picked' }) }),
  },
  {
    name: 'in one with a preview',
    arrange: async () => ({ call: await inCall(), picker: await createPicker({ for: 'picked', preview: '' }) }),
  },
  {
    name: 'in a picker within the call',
    arrange: async () => {
      const call = await inCall();
      return { call, picker: await createPicker({ slot: 'controls' }, call) };
    },
  },
  {
    name: 'in the settings of the call',
    arrange: async () => {
      const call = await inCall();
      return { call, picker: await settingsOf(call) };
    },
  },
  {
    name: 'by script',
    arrange: async () => ({ call: await inCall(), picker: await createPicker({ for: 'picked' }) }),
    choose: (picker, kind, deviceId) => (picker.value = { [kind]: deviceId }),
  },
  {
    name: 'in a picker that names an idle call first',
    arrange: async () => {
      const call = await inCall();
      await createCall({ attributes: { id: 'idle' } });
      return { call, picker: await createPicker({ for: 'idle picked' }) };
    },
  },
  {
    name: 'in a picker with a preview alone',
    arrange: async () => {
      const picker = await createPicker({ preview: '' });
      await eventually(
        'the picture',
        () => (partsOf(picker, 'preview')[0] as HTMLVideoElement | undefined)?.videoWidth,
      );
      return { call: null, picker };
    },
  },
  {
    name: 'in a picker with a preview, whose call has its camera off',
    arrange: async () => {
      await joinedCall({ attributes: { id: 'picked', 'camera-off': '' } });
      const picker = await createPicker({ for: 'picked', preview: '' });
      await eventually(
        'the picture',
        () => (partsOf(picker, 'preview')[0] as HTMLVideoElement | undefined)?.videoWidth,
      );
      return { call: null, picker };
    },
    kinds: ['videoinput'],
  },
];

const FAULTS = [
  ['NotReadableError', 'device-in-use'],
  ['NotAllowedError', 'permission-denied'],
  ['NotFoundError', 'device-not-found'],
] as const;

describe('a device that does not open, chosen', () => {
  for (const {
    name,
    arrange,
    choose: chooseBy = choose,
    kinds = ['audioinput', 'videoinput'] as const,
  } of ARRANGEMENTS) {
    it(`${name}: the old one goes on, is shown and is remembered`, async () => {
      const { call, picker } = await arrange();
      for (const kind of kinds) {
        const [first, second] = (await idsOf(picker, kind)) as [string, string];
        chooseBy(picker, kind, first);
        await eventually('the first one is chosen', () => picker.value[kind] === first);
        if (call) await eventually('the first one is on', () => openId(call, kind) === first);
        const remembered = localStorage.getItem('sarangbang:devices');
        for (const [error, code] of FAULTS) {
          broken = { id: second, name: error };
          const heard = listen(picker, 'call-error') as (Event & { code: string })[];
          chooseBy(picker, kind, second);
          await eventually(`the picker says ${code}`, () => heard.some((event) => event.code === code));
          await picker.updateComplete;
          const about = `${kind} ${error}`;
          expect(picker.value[kind], about).to.equal(first);
          expect(selectOf(picker, kind).value, about).to.equal(first);
          expect(partOf(picker, 'message').checkVisibility(), about).to.equal(true);
          expect(localStorage.getItem('sarangbang:devices'), about).to.equal(remembered);
          if (call) expect(openId(call, kind), about).to.equal(first);
        }
        broken = { id: '', name: '' };
        chooseBy(picker, kind, second);
        await eventually('a device that opens is chosen', () => picker.value[kind] === second);
        if (call) await eventually('it is on', () => openId(call, kind) === second);
        expect(localStorage.getItem('sarangbang:devices')).to.contain(second);
      }
    }).timeout(40_000);
  }

  it('is not what the call opens after a reload', async () => {
    const call = await inCall();
    const picker = await createPicker({ for: 'picked' });
    const [first, second] = (await idsOf(picker, 'videoinput')) as [string, string];
    await call.setDevice('videoinput', first);
    broken = { id: second, name: 'NotReadableError' };
    const heard = listen(picker, 'call-error');
    choose(picker, 'videoinput', second);
    await eventually('refused', () => heard.length === 1);
    call.remove();
    picker.remove();
    await reaches(call, 'idle');
    opened = [];
    const later = await joinedCall({ room: freshRoom() });
    await eventually('the camera', () => openId(later, 'videoinput') === first);
    expect(opened.join()).not.to.contain(second);
  });
});

describe('a device that opens slowly', () => {
  it('is shown while it opens; the last choice counts in whatever order they open', async () => {
    const call = await inCall();
    const picker = await createPicker({ for: 'picked' });
    const [first, second] = (await idsOf(picker, 'videoinput')) as [string, string];
    await call.setDevice('videoinput', first);
    let open = (): void => {};
    const { getUserMedia } = mediaDevices;
    mediaDevices.getUserMedia = async (constraints) => {
      if (JSON.stringify(constraints).includes(second)) await new Promise<void>((resolve) => (open = resolve));
      return getUserMedia.call(mediaDevices, constraints);
    };
    choose(picker, 'videoinput', second);
    await picker.updateComplete;
    expect([selectOf(picker, 'videoinput').value, picker.value.videoinput]).to.deep.equal([second, first]);
    choose(picker, 'videoinput', first);
    await eventually(
      'the last one is chosen',
      () => picker.value.videoinput === first && selectOf(picker, 'videoinput').value === first,
    );
    open();
    expect(await codeOf(call.setDevice('videoinput', first))).to.equal('not rejected');
    expect([picker.value.videoinput, openId(call, 'videoinput')]).to.deep.equal([first, first]);
    expect(localStorage.getItem('sarangbang:devices')).to.contain(first);
  });

  it('prevented, is neither opened nor shown', async () => {
    const call = await inCall();
    const picker = await createPicker({ for: 'picked' });
    const [first, second] = (await idsOf(picker, 'videoinput')) as [string, string];
    await call.setDevice('videoinput', first);
    opened = [];
    document.addEventListener('device-select', (event) => event.preventDefault(), { once: true });
    choose(picker, 'videoinput', second);
    await picker.updateComplete;
    expect([selectOf(picker, 'videoinput').value, picker.value.videoinput, opened.length]).to.deep.equal([
      first,
      first,
      0,
    ]);
  });
});
