/** Push to talk: how the microphone is held open, and everything that closes it. */
import { expect } from 'chai';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  createCall,
  freshRoom,
  joinedCall,
  partOf,
  partsOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const talk = { 'push-to-talk': '', 'camera-off': '' };

afterEach(async () => {
  delete (document as { visibilityState?: unknown }).visibilityState;
  document.querySelector('#elsewhere')?.remove();
  await removeCalls();
});

const isOn = (call: VideoCall): boolean => call.participants[0]!.microphone;
const mic = (call: VideoCall): HTMLElement => partOf(call, 'microphone-button');

const key = (target: EventTarget, type: 'keydown' | 'keyup', fields: KeyboardEventInit): KeyboardEvent => {
  const event = new KeyboardEvent(type, { bubbles: true, composed: true, cancelable: true, ...fields });
  target.dispatchEvent(event);
  return event;
};
const pointer = (target: EventTarget, type: string): boolean =>
  target.dispatchEvent(new PointerEvent(type, { bubbles: true, composed: true, cancelable: true, button: 0 }));

const SPACE = { code: 'Space', key: ' ' };
const ENTER = { code: 'Enter', key: 'Enter' };

interface Grip {
  hold(call: VideoCall): unknown;
  release(call: VideoCall): unknown;
}

const GRIPS: Readonly<Record<string, Grip>> = {
  'the space bar': {
    hold: (call) => {
      partOf(call, 'stage').focus();
      key(partOf(call, 'stage'), 'keydown', SPACE);
    },
    release: (call) => key(partOf(call, 'stage'), 'keyup', SPACE),
  },
  'the space bar on the button': {
    hold: (call) => {
      mic(call).focus();
      key(mic(call), 'keydown', SPACE);
    },
    release: (call) => key(mic(call), 'keyup', SPACE),
  },
  'Enter on the button': {
    hold: (call) => {
      mic(call).focus();
      key(mic(call), 'keydown', ENTER);
    },
    release: (call) => key(mic(call), 'keyup', ENTER),
  },
  'the button': {
    hold: (call) => pointer(mic(call), 'pointerdown'),
    release: (call) => pointer(mic(call), 'pointerup'),
  },
};

/** What takes the person away, each beside how it is taken back. */
const CAUSES: Readonly<Record<string, (call: VideoCall, other: VideoCall, grip: Grip) => unknown>> = {
  'the release': (call, _other, grip) => grip.release(call),
  'the window loses the focus': () => window.dispatchEvent(new Event('blur')),
  'the page is hidden': () => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    delete (document as { visibilityState?: unknown }).visibilityState;
  },
  'the element is moved': (call) => call.parentElement!.append(call),
  'the focus goes elsewhere': () => document.querySelector<HTMLElement>('#elsewhere')!.focus(),
  'the focus is lost': (call) => (call.shadowRoot!.activeElement as HTMLElement).blur(),
  'a moderator mutes it': async (call, other) => {
    // Before the server knows that it is on, there is nothing to mute.
    await eventually('the moderator hears it', () => other.participants[1]!.microphone);
    await other.muteParticipant(call.participants[0]!.id);
  },
  'the page turns it off': (call) => call.toggleMicrophone(false),
  'the page no longer wants push to talk': (call) => (call.pushToTalk = false),
  'the pointer is lost and the window too': (call) => {
    pointer(mic(call), 'pointercancel');
    window.dispatchEvent(new Event('blur'));
  },
};

describe('push to talk', () => {
  const cases = Object.keys(GRIPS).flatMap((grip) => Object.keys(CAUSES).map((cause) => [grip, cause] as const));

  it(`leaves the microphone open in 0 of ${cases.length} cases`, async () => {
    expect(cases.length).to.equal(40);
    const elsewhere = document.createElement('button');
    elsewhere.id = 'elsewhere';
    document.body.append(elsewhere);
    const room = freshRoom('talk');
    const moderator = await joinedCall({ room, attributes: { muted: '', 'camera-off': '' } });
    const call = await joinedCall({ room, other: true, attributes: talk });
    await together(moderator, call);
    await eventually('ready', () => mic(call).title === 'Hold to talk (Space)');
    expect(isOn(call), 'at the start').to.equal(false);
    for (const [name, cause] of cases) {
      const grip = GRIPS[name]!;
      grip.hold(call);
      await eventually(`open by ${name}, before ${cause}`, () => isOn(call));
      await CAUSES[cause]!(call, moderator, grip);
      await eventually(`${name}: closed after ${cause}`, () => !isOn(call));
      // A key that is still held repeats, and opens nothing.
      key(mic(call), 'keydown', { ...SPACE, repeat: true });
      grip.release(call);
      await call.updateComplete;
      if (!call.pushToTalk) {
        call.pushToTalk = true;
        await call.updateComplete;
        await eventually('ready again', () => mic(call).title === 'Hold to talk (Space)');
      }
      expect(isOn(call), `${name}: still closed after ${cause}`).to.equal(false);
    }
  }).timeout(60_000);

  it('opens nothing where only moderators may speak, and says so', async () => {
    const room = freshRoom('restricted');
    const moderator = await joinedCall({ room, attributes: { muted: '', 'camera-off': '' } });
    const call = await joinedCall({ room, other: true, attributes: talk });
    await together(moderator, call);
    await eventually('ready', () => mic(call).title === 'Hold to talk (Space)');
    await moderator.setPermission('microphone', 'moderators');
    await eventually('the reason', () => mic(call).ariaLabel!.includes('Only moderators can speak'));
    for (const [name, grip] of Object.entries(GRIPS)) {
      grip.hold(call);
      await eventually(`the sentence after ${name}`, () =>
        partOf(call, 'banner').textContent.includes('Only moderators'),
      );
      expect(isOn(call), name).to.equal(false);
      grip.release(call);
    }
    await moderator.setPermission('microphone', 'everyone');
    await eventually('ready again', () => mic(call).title === 'Hold to talk (Space)');
    pointer(mic(call), 'pointerdown');
    await eventually('open', () => isOn(call));
    pointer(mic(call), 'pointerup');
    await eventually('closed', () => !isOn(call));
  });

  it('starts closed, also without muted, and remembers nothing for the next call', async () => {
    const call = await joinedCall({ attributes: talk });
    await eventually('ready', () => mic(call).title === 'Hold to talk (Space)');
    pointer(mic(call), 'pointerdown');
    await eventually('open', () => isOn(call));
    pointer(mic(call), 'pointerup');
    await eventually('closed', () => !isOn(call));
    await call.leave();
    call.pushToTalk = false;
    await call.join();
    await reaches(call, 'joined');
    await eventually('on, as the page says', () => isOn(call));
  });

  it('is ended by a click of the pointer that held it, and toggled by assistive technology', async () => {
    const call = await joinedCall({ attributes: talk });
    await eventually('ready', () => mic(call).title === 'Hold to talk (Space)');
    pointer(mic(call), 'pointerdown');
    await eventually('open', () => isOn(call));
    pointer(mic(call), 'pointerup');
    mic(call).dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true, cancelable: true, detail: 1 }));
    await eventually('closed', () => !isOn(call));
    mic(call).click();
    await eventually('pressed without a pointer', () => isOn(call));
    mic(call).click();
    await eventually('pressed again', () => !isOn(call));
  });

  it('says how it works at the start, and after a press that is no hold', async () => {
    const call = await joinedCall({ attributes: talk });
    const notice = () => partsOf(call, 'notice').map((line) => line.textContent);
    await eventually('a line', () => notice().length === 1);
    expect(notice()).to.deep.equal(['Hold the space bar or the microphone button to talk.']);
    const told = () => call.shadowRoot!.querySelector('.visually-hidden[role="status"]')!.textContent;
    pointer(mic(call), 'pointerdown');
    await eventually('open', () => isOn(call));
    await eventually('no line', () => notice().length === 0);
    const heldAt = performance.now();
    await eventually('a hold', () => performance.now() - heldAt > 300);
    pointer(mic(call), 'pointerup');
    await eventually('closed', () => !isOn(call));
    expect(notice()).to.deep.equal([]);
    call.noShortcuts = true;
    await call.updateComplete;
    pointer(mic(call), 'pointerdown');
    pointer(mic(call), 'pointerup');
    await eventually('the line again', () => notice().length === 1);
    expect(notice()).to.deep.equal(['Hold the microphone button to talk.']);
    await eventually('the words', () => told().includes('Hold the microphone button'));
    await call.leave();
    await call.join();
    await eventually('the line in the next call', () => notice().length === 1);
    expect(notice()).to.deep.equal(['Hold the microphone button to talk.']);
  });

  it('says nothing of holding where only moderators may speak, until everyone may', async () => {
    const room = freshRoom('talk');
    const moderator = await joinedCall({ room, attributes: { muted: '', 'camera-off': '' } });
    await moderator.setPermission('microphone', 'moderators');
    const call = await joinedCall({ room, other: true, attributes: talk });
    await together(call, moderator);
    await eventually('ready', () => call.shadowRoot!.querySelector('.holds'));
    expect(partsOf(call, 'notice')).to.deep.equal([]);
    await moderator.setPermission('microphone', 'everyone');
    await eventually('a line', () => partsOf(call, 'notice').length === 1);
  });

  it('says it in the words of what can be held', async () => {
    const alone = await joinedCall({ attributes: { ...talk, 'no-controls': '' } });
    await eventually('the key alone', () => partsOf(alone, 'notice')[0]?.textContent === 'Hold the space bar to talk.');
    await alone.leave();
    const neither = await joinedCall({ attributes: { ...talk, 'no-controls': '', 'no-shortcuts': '' } });
    await eventually('ready', () => neither.shadowRoot!.querySelector('.holds'));
    expect(partsOf(neither, 'notice')).to.deep.equal([]);
  });

  it('leaves the space bar to other buttons, to fields and, with no-shortcuts, to the page', async () => {
    const call = await joinedCall({ attributes: talk });
    await eventually('ready', () => mic(call).title === 'Hold to talk (Space)');
    expect(key(partOf(call, 'camera-button'), 'keydown', SPACE).defaultPrevented).to.equal(false);
    expect(key(partOf(call, 'stage'), 'keydown', { ...SPACE, ctrlKey: true }).defaultPrevented).to.equal(false);
    expect(key(partOf(call, 'stage'), 'keydown', { code: 'KeyM', key: 'm' }).defaultPrevented).to.equal(false);
    call.noShortcuts = true;
    await call.updateComplete;
    expect(key(partOf(call, 'stage'), 'keydown', SPACE).defaultPrevented).to.equal(false);
    expect(isOn(call)).to.equal(false);
    expect(key(mic(call), 'keydown', SPACE).defaultPrevented, 'the button itself').to.equal(true);
    await eventually('open', () => isOn(call));
    expect(key(mic(call), 'keyup', SPACE).defaultPrevented).to.equal(true);
    await eventually('closed', () => !isOn(call));
  });

  it('works in the lobby, and joins with the microphone off', async () => {
    const call = await createCall({ room: freshRoom('lobby'), attributes: talk });
    await reaches(call, 'prejoin');
    await eventually('ready', () => call.shadowRoot!.querySelector('.holds'));
    await call.join();
    await reaches(call, 'joined');
    expect(isOn(call)).to.equal(false);
  });
});
