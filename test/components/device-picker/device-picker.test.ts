import { expect } from 'chai';
import '../../../components/device-picker/index.ts';
import type { DevicePicker } from '../../../components/device-picker/device-picker.ts';
import type { DeviceSelectEvent, DevicesChangeEvent } from '../../../components/events.ts';
import { joinedCall, listen, partsOf, removeCalls } from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const;

interface Script {
  devices: { kind: MediaDeviceKind; deviceId: string; label: string }[];
  getUserMedia?: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
}

const NAMED: Script['devices'] = [
  { kind: 'audioinput', deviceId: 'mic-1', label: 'Desk microphone' },
  { kind: 'audioinput', deviceId: 'mic-2', label: 'Headset' },
  { kind: 'videoinput', deviceId: 'cam-1', label: 'Window camera' },
  { kind: 'videoinput', deviceId: 'cam-2', label: 'Lamp camera' },
  { kind: 'audiooutput', deviceId: 'out-1', label: 'Speakers' },
];
const NAMELESS: Script['devices'] = KINDS.map((kind) => ({ kind, deviceId: '', label: '' }));

let script: Script | null = null;

/** How many listeners of `devicechange` there are at the moment. */
let following = 0;
const { mediaDevices: own } = navigator;
for (const [method, step] of [
  ['addEventListener', 1],
  ['removeEventListener', -1],
] as const) {
  own[method] = (type: string, ...rest: [EventListener]) => {
    if (type === 'devicechange') following += step;
    MediaDevices.prototype[method].call(own, type, ...rest);
  };
}

/** Replaces the browser's devices by those of the test. `plug()` changes them and fires `devicechange`. */
function play(devices: Script['devices'], getUserMedia?: Script['getUserMedia']): Script {
  script = { devices, getUserMedia };
  const { mediaDevices } = navigator;
  const current = script;
  mediaDevices.enumerateDevices = async () =>
    current.devices.map((device) => ({ ...device, groupId: '', toJSON: () => device }));
  if (getUserMedia) mediaDevices.getUserMedia = (constraints) => getUserMedia(constraints ?? {});
  return current;
}

function plug(devices: Script['devices']): void {
  script!.devices = devices;
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
}

async function createPicker(attributes: Record<string, string> = {}): Promise<DevicePicker> {
  const picker = document.createElement('device-picker');
  for (const [name, value] of Object.entries(attributes)) picker.setAttribute(name, value);
  document.body.append(picker);
  await picker.updateComplete;
  return picker;
}

const selectOf = (picker: DevicePicker, kind: MediaDeviceKind) =>
  partsOf(picker, 'select').find(({ id }) => id === kind) as HTMLSelectElement | undefined;
const optionsOf = (picker: DevicePicker, kind: MediaDeviceKind) =>
  [...(selectOf(picker, kind)?.options ?? [])].map(({ text }) => text);
const messageOf = (picker: DevicePicker) => partsOf(picker, 'message')[0]!;

function choose(picker: DevicePicker, kind: MediaDeviceKind, deviceId: string): void {
  const select = selectOf(picker, kind)!;
  select.value = deviceId;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

afterEach(async () => {
  await removeCalls();
  for (const picker of document.querySelectorAll('device-picker')) picker.remove();
  // A removed picker keeps listening to the devices for a short grace.
  await eventually('the devices are let go', () => following === 0);
  const { mediaDevices } = navigator;
  delete (mediaDevices as Partial<MediaDevices>).enumerateDevices;
  delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
  localStorage.clear();
  script = null;
});

describe('<device-picker>', () => {
  it('lists all three kinds by name', async () => {
    play(NAMED);
    const picker = await createPicker();
    await eventually('the list', () => optionsOf(picker, 'audioinput').length === 3);
    expect(partsOf(picker, 'label').map(({ textContent }) => textContent)).to.deep.equal([
      'Microphone',
      'Camera',
      'Speaker',
    ]);
    expect(optionsOf(picker, 'audioinput')).to.deep.equal(['System default', 'Desk microphone', 'Headset']);
    expect(optionsOf(picker, 'videoinput')).to.deep.equal(['System default', 'Window camera', 'Lamp camera']);
    expect(optionsOf(picker, 'audiooutput')).to.deep.equal(['System default', 'Speakers']);
    expect(messageOf(picker).checkVisibility()).to.equal(false);
  });

  it('before a permission lists what there is without names, and offers to ask; after it, with names', async () => {
    const given = play(NAMELESS, async ({ audio, video }) => {
      given.devices = NAMED;
      const stream = new MediaStream();
      if (audio) stream.addTrack(new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0]!);
      if (video) stream.addTrack(document.createElement('canvas').captureStream().getVideoTracks()[0]!);
      tracks.push(...stream.getTracks());
      return stream;
    });
    const tracks: MediaStreamTrack[] = [];
    const picker = await createPicker();
    await eventually('the list', () => optionsOf(picker, 'videoinput').length === 2);
    expect(optionsOf(picker, 'videoinput')).to.deep.equal(['System default', 'Camera 1']);
    expect(messageOf(picker).textContent).to.contain('Allow access to choose');
    messageOf(picker).querySelector('button')!.click();
    await eventually('the names', () => optionsOf(picker, 'videoinput').includes('Lamp camera'));
    expect(messageOf(picker).checkVisibility()).to.equal(false);
    expect(tracks).not.to.have.length(0);
    await eventually('what was captured to ask is stopped', () =>
      tracks.every(({ readyState }) => readyState === 'ended'),
    );
  });

  it('says what to do where access was refused, and can ask again', async () => {
    play(NAMELESS, () => Promise.reject(new DOMException('no', 'NotAllowedError')));
    const picker = await createPicker();
    const heard = listen(picker, 'call-error');
    const button = await eventually('the button', () => messageOf(picker).querySelector('button'));
    button.click();
    await eventually('the sentence', () => messageOf(picker).textContent!.includes('is blocked'));
    expect(heard).to.have.length(1);
    expect(heard[0]).to.include({ code: 'permission-denied', fatal: false, bubbles: false });
    expect(messageOf(picker).getAttribute('role')).to.equal('status');
    expect(messageOf(picker).querySelector('button')).not.to.equal(null);
  });

  it('follows plugging in and out', async () => {
    play(NAMED);
    const picker = await createPicker();
    await eventually('the list', () => optionsOf(picker, 'videoinput').length === 3);
    const heard = listen(picker, 'devices-change') as DevicesChangeEvent[];
    plug(NAMED.filter(({ kind }) => kind !== 'videoinput'));
    await eventually('no camera', () => optionsOf(picker, 'videoinput').length === 1);
    expect(optionsOf(picker, 'videoinput')).to.deep.equal(['None found']);
    expect(selectOf(picker, 'videoinput')!.disabled).to.equal(true);
    plug(NAMED);
    await eventually('cameras again', () => optionsOf(picker, 'videoinput').length === 3);
    expect(heard.map(({ devices, bubbles }) => `${devices.length} ${bubbles}`)).to.deep.equal(['3 false', '5 false']);
  });

  it('offers the kinds it is told, in that order', async () => {
    play(NAMED);
    const picker = await createPicker({ kinds: 'videoinput nonsense audioinput' });
    expect(partsOf(picker, 'select').map(({ id }) => id)).to.deep.equal(['videoinput', 'audioinput']);
    picker.kinds = 'audioinput';
    await picker.updateComplete;
    expect(partsOf(picker, 'select').map(({ id }) => id)).to.deep.equal(['audioinput']);
  });

  it('hides the speaker where the browser cannot choose one', async () => {
    play(NAMED);
    const { setSinkId } = HTMLMediaElement.prototype;
    delete (HTMLMediaElement.prototype as Partial<HTMLMediaElement>).setSinkId;
    try {
      const picker = await createPicker();
      expect(partsOf(picker, 'select').map(({ id }) => id)).to.deep.equal(['audioinput', 'videoinput']);
    } finally {
      HTMLMediaElement.prototype.setSinkId = setSinkId;
    }
  });

  it('fires a bubbling device-select and remembers the choice, and changes nothing if it is prevented', async () => {
    play(NAMED);
    const picker = await createPicker();
    await eventually('the list', () => optionsOf(picker, 'audioinput').length === 3);
    const heard: DeviceSelectEvent[] = [];
    const listener = (event: DeviceSelectEvent): void => void heard.push(event);
    document.addEventListener('device-select', listener as EventListener);
    choose(picker, 'audioinput', 'mic-2');
    document.removeEventListener('device-select', listener as EventListener);
    expect(
      heard.map(({ kind, deviceId, composed, cancelable }) => ({ kind, deviceId, composed, cancelable })),
    ).to.deep.equal([{ kind: 'audioinput', deviceId: 'mic-2', composed: true, cancelable: true }]);
    expect(picker.value).to.deep.equal({ audioinput: 'mic-2', videoinput: '', audiooutput: '' });

    picker.addEventListener('device-select', (event) => event.preventDefault(), { once: true });
    choose(picker, 'audioinput', 'mic-1');
    await picker.updateComplete;
    expect(picker.value.audioinput).to.equal('mic-2');
    expect(selectOf(picker, 'audioinput')!.value).to.equal('mic-2');

    picker.remove();
    const later = await createPicker();
    await eventually('the remembered one', () => selectOf(later, 'audioinput')!.value === 'mic-2');
  });

  it('shows the same choice in two pickers, also one set by script', async () => {
    play(NAMED);
    const [one, two] = [await createPicker(), await createPicker()];
    await eventually('both lists', () => [one, two].every((picker) => optionsOf(picker, 'videoinput').length === 3));
    const heard = listen(document, 'device-select');
    one.value = { videoinput: 'cam-2' };
    await eventually('the other follows', () => selectOf(two, 'videoinput')!.value === 'cam-2');
    expect(heard, 'a script asks nobody').to.deep.equal([]);
    const errors = listen(one, 'call-error');
    one.value = { videoinput: 'nobody' };
    await eventually('a word of it', () => errors.length === 1);
    expect(errors[0]).to.include({ code: 'device-not-found', fatal: false });
    expect(localStorage.getItem('sarangbang:devices'), 'what was chosen is kept').to.contain('cam-2');
  });

  it('says that devices need a secure page', async () => {
    play([]);
    Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true });
    try {
      const picker = await createPicker();
      expect(messageOf(picker).textContent).to.contain('https');
    } finally {
      Reflect.deleteProperty(window, 'isSecureContext');
    }
  });

  it('every part can be styled from the page', async () => {
    play(NAMED);
    const picker = await createPicker({ preview: '' });
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [sheet];
    for (const part of ['base', 'field', 'label', 'select', 'meter', 'preview', 'message']) {
      sheet.replaceSync(`device-picker::part(${part}) { text-decoration-color: rgb(1, 2, 3); }`);
      expect(partsOf(picker, part), part).not.to.have.length(0);
      for (const element of partsOf(picker, part))
        expect(getComputedStyle(element).textDecorationColor, part).to.equal('rgb(1, 2, 3)');
    }
    document.adoptedStyleSheets = [];
  });
});

describe('<device-picker> with the browser’s own devices', () => {
  const videoOf = (picker: DevicePicker) => partsOf(picker, 'preview')[0] as HTMLVideoElement | undefined;

  it('previews picture and level on request, lets go when hidden, and takes up again', async () => {
    const picker = await createPicker({ preview: '' });
    await eventually('the picture', () => (videoOf(picker)?.videoWidth ?? 0) > 0);
    const tracks = (videoOf(picker)!.srcObject as MediaStream).getTracks();
    expect(tracks.map(({ kind }) => kind).toSorted()).to.deep.equal(['audio', 'video']);
    expect(videoOf(picker)!.muted).to.equal(true);
    const meter = partsOf(picker, 'meter')[0]!;
    await eventually('the fake microphone beeps', () => parseFloat(meter.style.getPropertyValue('--_level')) > 0);

    picker.hidden = true;
    await eventually('the light goes out', () => tracks.every(({ readyState }) => readyState === 'ended'));
    picker.hidden = false;
    await eventually('the picture again', () => {
      const stream = videoOf(picker)?.srcObject as MediaStream | null;
      return stream?.getVideoTracks().some(({ readyState }) => readyState === 'live');
    });
  });

  it('keeps the preview over a move in the document and releases it after a removal', async () => {
    const picker = await createPicker({ preview: '' });
    await eventually('the picture', () => (videoOf(picker)?.videoWidth ?? 0) > 0);
    const stream = videoOf(picker)!.srcObject as MediaStream;
    const tracks = stream.getTracks();
    const section = document.createElement('section');
    document.body.append(section);
    section.append(picker);
    const movedAt = videoOf(picker)!.currentTime;
    await eventually(
      'the picture goes on for longer than the grace after a removal',
      () => videoOf(picker)!.currentTime > movedAt + 0.7,
    );
    expect(videoOf(picker)!.srcObject).to.equal(stream);
    expect(videoOf(picker)!.paused).to.equal(false);
    expect(tracks.every(({ readyState }) => readyState === 'live')).to.equal(true);
    section.remove();
    await eventually('released', () => tracks.every(({ readyState }) => readyState === 'ended'));
  });

  it('without preview captures nothing', async () => {
    let asked = 0;
    const { mediaDevices } = navigator;
    const original = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (constraints) => {
      asked++;
      return original(constraints);
    };
    const picker = await createPicker();
    await eventually('the list', () => optionsOf(picker, 'videoinput').length >= 2);
    expect(asked).to.equal(0);
  });

  it('switches the call that `for` names, also before that is there', async () => {
    const picker = await createPicker({ for: 'nobody picked' });
    const call = await joinedCall({ attributes: { id: 'picked' } });
    const cameraOf = () => call.participants[0]?.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const before = await eventually('the camera', cameraOf);
    const other = await eventually(
      'another camera',
      () => [...selectOf(picker, 'videoinput')!.options].find(({ value }) => value && value !== before)?.value,
    );
    choose(picker, 'videoinput', other);
    await eventually('the other camera', () => cameraOf() === other);
  });

  it('within a call needs no `for`', async () => {
    const call = await joinedCall();
    const picker = await createPicker();
    picker.slot = 'controls';
    call.append(picker);
    const cameraOf = () => call.participants[0]?.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const before = await eventually('the camera', cameraOf);
    const other = await eventually(
      'another camera',
      () => [...(selectOf(picker, 'videoinput')?.options ?? [])].find(({ value }) => value && value !== before)?.value,
    );
    choose(picker, 'videoinput', other);
    await eventually('the other camera', () => cameraOf() === other);
  });

  it('plays a test tone on the chosen speaker', async () => {
    const picker = await createPicker({ kinds: 'audiooutput' });
    const contexts: AudioContext[] = [];
    const Original = window.AudioContext;
    window.AudioContext = class extends Original {
      constructor() {
        super();
        contexts.push(this);
      }
    };
    try {
      picker.shadowRoot!.querySelector<HTMLElement>('.field button')!.click();
      await eventually('the tone is over', () => contexts.length === 1 && contexts[0]!.state === 'closed');
    } finally {
      window.AudioContext = Original;
    }
  });
});
