/** What a person sets for oneself in a call: volume, data saver, wake lock, clock, sounds, and the muted voice. */
import { expect } from 'chai';
import { preferences, prefer } from '../../../components/controllers/call/preferences.ts';
import { durationOf } from '../../../components/video-call/personal/clock.ts';
import { Sounds } from '../../../components/video-call/personal/sounds.ts';
import { WakeLock } from '../../../components/video-call/personal/wake-lock.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  createCall,
  freshRoom,
  joinedCall,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { humIntoMicrophone, stopHumming } from '../../support/browser/hum.ts';
import { eventually, pass, within } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };
const { send } = RTCDataChannel.prototype;
const { AudioContext } = window;

afterEach(async () => {
  RTCDataChannel.prototype.send = send;
  window.AudioContext = AudioContext;
  for (const name of ['userActivation', 'wakeLock'] as const) delete (navigator as Partial<Navigator>)[name];
  for (const name of Object.keys(preferences.get())) prefer({ [name]: undefined });
  localStorage.removeItem('sarangbang:preferences');
  await removeCalls();
});

/** A call, and another participant in it. */
async function meet(attributes: Record<string, string> = quiet): Promise<{ call: VideoCall; other: VideoCall }> {
  const room = freshRoom('own');
  const other = await joinedCall({ room, other: true, attributes: { ...quiet, 'display-name': 'Bo' } });
  const call = await joinedCall({ room, attributes });
  await together(other, call);
  return { call, other };
}

const videoOf = (call: VideoCall): HTMLVideoElement => partOf(partsOf(call, 'tile')[1]!, 'video') as HTMLVideoElement;

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'nothing';
}

describe('the volume of a participant', () => {
  it('is set by the page, from 0 to 1, and outlives a lost connection', async () => {
    const { call, other } = await meet();
    const id = call.participants[1]!.id;
    expect(call.participants.map(({ volume }) => volume)).to.deep.equal([1, 1]);
    call.setVolume(id, 0.3);
    expect(call.participants[1]!.volume).to.equal(0.3);
    await eventually('quieter', () => videoOf(call).volume === 0.3);
    other.remove();
    await eventually('alone', () => call.participants.length === 1);
    document.body.append(other);
    await together(other, call);
    expect(call.participants[1]!.id, 'the same participant').to.equal(id);
    await eventually('as before', () => call.participants[1]!.volume === 0.3 && videoOf(call).volume === 0.3);
    for (const volume of [0, 1]) {
      call.setVolume(id, volume);
      expect(call.participants[1]!.volume).to.equal(volume);
    }
  });

  it('refuses everything else, and changes nothing', async () => {
    const { call } = await meet();
    const { id } = call.participants[1]!;
    for (const nonsense of [-0.1, 1.1, NaN, Infinity, '0.5', null, undefined, {}, 1n, Symbol('loud')])
      expect(
        thrownBy(() => call.setVolume(id, nonsense as number)),
        String(nonsense),
      ).to.equal('payload-invalid');
    for (const nobody of ['nobody', '', null, call.participants[0]!.id])
      expect(
        thrownBy(() => call.setVolume(nobody as string, 0.5)),
        String(nobody),
      ).to.equal('participant-gone');
    expect(call.participants[1]!.volume).to.equal(1);
  });

  it('is a slider in the menu of the tile, by keyboard too', async () => {
    const { call } = await meet();
    const tile = partsOf(call, 'tile')[1]!;
    (await eventually('the menu button', () => partsOf(tile, 'tile-menu-button')[0])).click();
    const slider = (await eventually('the slider', () => partsOf(call, 'volume')[0])) as HTMLInputElement;
    expect([slider.value, slider.ariaLabel, slider.ariaValueText]).to.deep.equal(['100', 'Volume of Bo', '100 %']);
    const press = (key: string): boolean =>
      (call.shadowRoot!.activeElement ?? slider).dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }),
      );
    press('End');
    expect(call.shadowRoot!.activeElement === slider, 'focused').to.equal(true);
    // These belong to the slider.
    expect([press('ArrowLeft'), press('Home'), press('End')]).to.deep.equal([true, true, true]);
    slider.value = '40';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    expect(call.participants[1]!.volume).to.equal(0.4);
    expect(slider.ariaValueText).to.equal('40 %');
    press('Escape');
    await eventually('closed', () => !call.shadowRoot!.querySelector('.tile-menu:popover-open'));
  });
});

describe('the data saver', () => {
  /** The sizes that calls told the others of their cameras. */
  function recordSizes(): Set<string> {
    const told = new Set<string>();
    RTCDataChannel.prototype.send = function record(this: RTCDataChannel, data: unknown) {
      const message = typeof data === 'string' ? (JSON.parse(data) as { kind?: string; camera?: unknown }) : {};
      if (message.kind === 'shown') told.add(String(message.camera));
      send.call(this, data as never);
    };
    return told;
  }

  it('asks for small pictures by the attribute, and the person switches it off and on', async () => {
    // An unchanged size is not told again.
    const told = recordSizes();
    const { call, other } = await meet({ ...quiet, 'save-data': '' });
    other.style.display = 'none';
    // The only other participant is the one in front.
    await eventually('a small picture', () => [...told].some((size) => /^320,180$/.test(size)), 10_000);
    await pressInMenu(call, 'settings-button');
    const dialog = await eventually('the settings', () => call.shadowRoot!.querySelector('sarangbang-settings-dialog'));
    const box = (await eventually('the switch', () =>
      dialog.shadowRoot!.querySelector('#save-data'),
    )) as HTMLInputElement;
    expect(box.ariaChecked).to.equal('true');
    told.clear();
    box.click();
    await eventually('a large picture', () => [...told].some((size) => Number(size.split(',')[0]) > 320));
    expect(JSON.parse(localStorage.getItem('sarangbang:preferences')!)).to.deep.equal({ saveData: false });
    told.clear();
    box.click();
    await eventually('small again', () => told.has('320,180'));
  });

  it('sends a small picture of the own camera, and the page’s own size afterwards', async () => {
    const call = await joinedCall({
      attributes: { muted: '' },
      constraints: { audio: true, video: { width: 640, height: 480, frameRate: 10 } },
    });
    const widthNow = () => call.participants[0]!.stream?.getVideoTracks()[0]?.getSettings().width;
    await eventually('a large camera', () => widthNow() === 640);
    await eventually('the part', () => partOf(call, 'camera-button').title.includes('('));
    prefer({ saveData: true });
    await eventually('a small one', () => widthNow() === 320);
    prefer({ saveData: false });
    await eventually('a large one again', () => widthNow() === 640);
  });
});

describe('the wake lock', () => {
  interface Sentinel {
    released: boolean;
    release(): Promise<void>;
  }

  function countLocks(): Sentinel[] {
    const locks: Sentinel[] = [];
    const request = async (): Promise<Sentinel> => {
      const lock: Sentinel = {
        released: false,
        release: async () => {
          lock.released = true;
        },
      };
      locks.push(lock);
      return lock;
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request }, configurable: true });
    return locks;
  }

  it('is held in a call, taken again when the page is visible again, and released after the call', async () => {
    const locks = countLocks();
    const call = await joinedCall({ attributes: quiet });
    const first = await eventually('a lock', () => locks[0]);
    // The browser takes it from a hidden page.
    first.released = true;
    document.dispatchEvent(new Event('visibilitychange'));
    await eventually('another lock', () => locks.length === 2);
    document.dispatchEvent(new Event('visibilitychange'));
    await call.leave();
    await eventually('released', () => locks[1]!.released);
    expect(locks.length).to.equal(2);
  });

  it('is released if the call ended before the browser answered, and does without it', async () => {
    const locks = countLocks();
    const wake = new WakeLock();
    wake.follow(document);
    wake.follow(null);
    await eventually('released', () => locks[0]?.released);
    const request = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    Object.defineProperty(navigator, 'wakeLock', { value: { request }, configurable: true });
    wake.follow(document);
    wake.follow(null);
    await pass(10);
  });
});

describe('the clock', () => {
  it('shows minutes, seconds and hours', () => {
    expect([0, 7_400, 247_000, 3_847_000].map(durationOf)).to.deep.equal(['0:00', '0:07', '4:07', '1:04:07']);
  });

  it('runs beside the name of the room while the participant is in the call', async () => {
    const call = await joinedCall({ attributes: quiet });
    call.style.inlineSize = '900px';
    const clock = await eventually('the clock', () => partsOf(call, 'clock')[0]);
    const before = clock.textContent;
    expect(before).to.match(/^\d+:\d\d$/);
    expect(clock.ariaLabel).to.equal(`In the call for ${before}`);
    expect(clock.getBoundingClientRect().width).to.be.above(10);
    expect(clock.scrollWidth, 'its text fits').to.equal(clock.clientWidth);
    expect(clock.scrollHeight).to.equal(clock.clientHeight);
    await eventually('the next second', () => clock.textContent !== before);
    call.style.inlineSize = '320px';
    await eventually('hidden from sight in a narrow box', () => getComputedStyle(clock).clipPath !== 'none');
    expect(getComputedStyle(clock).contentVisibility, 'a second costs no frame there').to.equal('hidden');
    const label = clock.ariaLabel;
    await eventually('the next second for screen readers', () => clock.ariaLabel !== label);
    await call.leave();
    await eventually('no clock', () => !partsOf(call, 'clock')[0]);
  });
});

describe('the sounds of a call', () => {
  /** Counts the audio contexts that are made, and those that are not closed. */
  function countContexts(): { count: number; open: number } {
    const made = { count: 0, open: 0 };
    window.AudioContext = class extends AudioContext {
      constructor() {
        super();
        made.count++;
        made.open++;
        this.addEventListener('statechange', () => this.state === 'closed' && made.open--);
      }
    };
    return made;
  }
  const setPressed = (hasBeenActive: boolean): void =>
    void Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive }, configurable: true });

  it('are none before a press, and one at a time after it', async () => {
    const made = countContexts();
    setPressed(false);
    await new Sounds().play('join', window);
    expect(made.count).to.equal(0);
    setPressed(true);
    const sounds = new Sounds();
    await Promise.all([sounds.play('join', window), sounds.play('leave', window), sounds.play('hand', window)]);
    expect(made.count).to.equal(1);
  });

  it('end and release their context where it never runs', async () => {
    const made = countContexts();
    setPressed(true);
    const Counted = window.AudioContext;
    window.AudioContext = class extends Counted {
      constructor() {
        super();
        void this.suspend();
      }
    };
    const sounds = new Sounds();
    await within(sounds.play('join', window), 'the sound', 4_000);
    await eventually('the context is closed', () => made.open === 0);
    window.AudioContext = Counted;
    await within(sounds.play('leave', window), 'the next sound', 4_000);
    expect(made.count).to.equal(2);
  }).timeout(10_000);

  it('tell of others who knock, join, raise a hand and leave, where the page wants it', async () => {
    setPressed(true);
    // It makes audio contexts too.
    prefer({ mutedNotice: false });
    const made = countContexts();
    const call = await joinedCall({ attributes: { ...quiet, sounds: '' } });
    /** A sound ends before the next one begins. */
    const hears = (what: string, sounds: number) =>
      eventually(`a sound of ${what}`, () => made.count === sounds && made.open === 0);
    // Participants who are there already make no sound.
    await eventually('a while', () => (partsOf(call, 'clock')[0]?.textContent ?? '') >= '0:02');
    await call.lockRoom(true);
    await call.raiseHand(true);
    const silent = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await reaches(silent, 'knocking');
    await hears('the knock', 1);
    await call.admit(call.waiting[0]!.id);
    await hears('the entrance', 2);
    await silent.raiseHand(true);
    await hears('the hand of the other', 3);
    await silent.leave();
    await hears('the leave', 4);
  });
});

describe('a person who speaks while muted', () => {
  const setPressed = (): void =>
    void Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: true }, configurable: true });
  const { clone } = MediaStreamTrack.prototype;
  const clones: MediaStreamTrack[] = [];
  beforeEach(() => {
    clones.length = 0;
    MediaStreamTrack.prototype.clone = function record(this: MediaStreamTrack) {
      const track = clone.call(this);
      if (track.kind === 'audio') clones.push(track);
      return track;
    };
  });
  afterEach(async () => {
    MediaStreamTrack.prototype.clone = clone;
    await stopHumming();
  });
  const open = () => clones.filter(({ readyState, enabled }) => readyState === 'live' && enabled).length;

  it('is told so, until the microphone is on', async () => {
    setPressed();
    humIntoMicrophone();
    const call = await joinedCall({ attributes: quiet });
    const line = await eventually('the line', () => partsOf(call, 'notice')[0], 15_000);
    expect(line.textContent).to.equal('You are muted: nobody hears you.');
    await call.toggleMicrophone(true);
    await eventually('no line', () => !partsOf(call, 'notice')[0]);
    await eventually('only what is sent is open', () => open() === 1);
    await call.toggleMicrophone(false);
    await eventually('listening again', () => open() === 1);
    prefer({ mutedNotice: false });
    await eventually('not listening', () => open() === 0);
    await call.leave();
    expect(open()).to.equal(0);
  });

  it('is not listened to without a running microphone', async () => {
    setPressed();
    const before = await joinedCall({ attributes: quiet });
    await before.toggleMicrophone(false);
    await before.leave();
    await before.join();
    await reaches(before, 'joined');
    await eventually('the clock', () => partsOf(before, 'clock')[0]);
    await pass(1_200);
    expect(open(), 'the person turned it off').to.equal(0);
  });
});

describe('a frame whose page allows little', () => {
  afterEach(() => {
    for (const name of ['featurePolicy', 'fullscreenEnabled']) Reflect.deleteProperty(document, name);
  });

  /** From now on the document may not use these features, as in a frame without `allow`. */
  function deny(...features: string[]): void {
    const policy = { features: () => features, allowsFeature: () => false };
    Object.defineProperty(document, 'featurePolicy', { value: policy, configurable: true });
    const fullscreenEnabled = !features.includes('fullscreen');
    Object.defineProperty(document, 'fullscreenEnabled', { value: fullscreenEnabled, configurable: true });
  }

  const invitations = async (): Promise<string[]> => {
    const call = await joinedCall({ attributes: { ...quiet, invitation: 'https://meet.example/' } });
    const card = await eventually('the invitation', () => call.shadowRoot!.querySelector('sarangbang-invitation'));
    await eventually('its link', () => partsOf(card, 'invite-text')[0]);
    return partsOf(card, 'invite-button').map((button) => button.textContent);
  };

  it('hides the buttons that need what is missing', async () => {
    Object.defineProperty(navigator, 'share', { value: async () => undefined, configurable: true });
    expect(await invitations()).to.deep.equal(['Copy link', 'Share…']);
    deny('clipboard-write');
    expect(await invitations()).to.deep.equal(['Share…']);
    deny('web-share');
    expect(await invitations()).to.deep.equal(['Copy link']);
    deny('clipboard-write', 'web-share');
    expect(await invitations()).to.deep.equal([]);
    Reflect.deleteProperty(navigator, 'share');
  });

  it('has no button for the whole screen', async () => {
    deny('fullscreen');
    const call = await joinedCall({ attributes: { ...quiet, buttons: 'fullscreen settings leave' } });
    await eventually('the late buttons', () => partsOf(call, 'settings-button')[0]);
    expect(partsOf(call, 'fullscreen-button')).to.deep.equal([]);
  });
});
