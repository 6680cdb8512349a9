/** The keys of a call: which key presses it takes, over a table, and what they do. */
import { expect } from 'chai';
import { actionOf, type KeyAction } from '../../../components/video-call/personal/keys.ts';
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
import { eventually, pass } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };

afterEach(removeCalls);

interface Pressed extends KeyboardEventInit {
  /** The selector of what has the focus. */
  in?: string;
  altGraph?: boolean;
}

/** What a page may have in and around a call. */
function createStage(): HTMLElement {
  const host = document.createElement('div');
  host.tabIndex = 0;
  host.attachShadow({ mode: 'open' }).innerHTML = `
    <div class="stage" tabindex="-1"></div><button class="tool">Camera</button><a class="link" href="#">link</a>
    <input class="text"><input type="range" class="range"><input type="checkbox" class="check">
    <textarea></textarea><select></select><div contenteditable class="editable"><b class="bold">b</b></div>
    <div role="textbox" class="box"></div>
    <dialog open><button class="in-dialog">x</button></dialog><div role="menu"><button class="item">x</button></div>
    <div popover="manual"><button class="popped">x</button></div><slot></slot>`;
  host.innerHTML = '<button class="theirs">page</button><input class="their-field">';
  document.body.append(host);
  return host;
}

const CASES: readonly [name: string, pressed: Pressed, action: KeyAction | null][] = [
  ['M on the stage', { code: 'KeyM', key: 'm' }, 'microphone'],
  ['V on the stage', { code: 'KeyV', key: 'v' }, 'camera'],
  ['S on the stage', { code: 'KeyS', key: 's' }, 'screen'],
  ['H on the stage', { code: 'KeyH', key: 'h' }, 'hand'],
  ['? on the stage', { code: 'Slash', key: '?', shiftKey: true }, 'help'],
  ['M on a button', { code: 'KeyM', key: 'm', in: '.tool' }, 'microphone'],
  ['M on a link', { code: 'KeyM', key: 'm', in: '.link' }, 'microphone'],
  ['M with Caps Lock', { code: 'KeyM', key: 'M' }, 'microphone'],
  ['M of a Korean keyboard', { code: 'KeyM', key: 'ㅡ' }, 'microphone'],
  ['V of a Korean keyboard', { code: 'KeyV', key: 'ㅍ' }, 'camera'],
  ['the key of M on a French keyboard', { code: 'KeyM', key: ',' }, 'microphone'],
  ['? of a French keyboard', { code: 'KeyM', key: '?', shiftKey: true }, 'help'],
  ['? of a German keyboard', { code: 'Minus', key: '?', shiftKey: true }, 'help'],
  ['the letter M at another place', { code: 'Semicolon', key: 'm' }, null],
  ['another letter', { code: 'KeyQ', key: 'q' }, null],
  ['the space bar', { code: 'Space', key: ' ' }, null],
  ['Escape', { code: 'Escape', key: 'Escape' }, null],
  ['M with Control', { code: 'KeyM', key: 'm', ctrlKey: true }, null],
  ['M with Alt', { code: 'KeyM', key: 'µ', altKey: true }, null],
  ['M with Command', { code: 'KeyM', key: 'm', metaKey: true }, null],
  ['M with Shift', { code: 'KeyM', key: 'M', shiftKey: true }, null],
  ['M with AltGr', { code: 'KeyM', key: 'µ', altGraph: true }, null],
  ['? with Control', { code: 'Slash', key: '?', ctrlKey: true }, null],
  ['S with Command, which saves the page', { code: 'KeyS', key: 's', metaKey: true }, null],
  ['M that repeats', { code: 'KeyM', key: 'm', repeat: true }, null],
  ['M while an input method composes', { code: 'KeyM', key: 'm', isComposing: true }, null],
  ['M that Safari says is of an input method', { code: 'KeyM', key: 'm', keyCode: 229 }, null],
  ['? while an input method composes', { code: 'Slash', key: '?', isComposing: true }, null],
  ['M in a field', { code: 'KeyM', key: 'm', in: '.text' }, null],
  ['? in a field', { code: 'Slash', key: '?', in: '.text' }, null],
  ['M in a text area', { code: 'KeyM', key: 'm', in: 'textarea' }, null],
  ['M in a select, which finds an option', { code: 'KeyM', key: 'm', in: 'select' }, null],
  ['M on a slider', { code: 'KeyM', key: 'm', in: '.range' }, null],
  ['M in an editable text', { code: 'KeyM', key: 'm', in: '.bold' }, null],
  ['M in a text box of a script', { code: 'KeyM', key: 'm', in: '.box' }, null],
  ['M in a dialog', { code: 'KeyM', key: 'm', in: '.in-dialog' }, null],
  ['M in a menu', { code: 'KeyM', key: 'm', in: '.item' }, null],
  ['M in a popover', { code: 'KeyM', key: 'm', in: '.popped' }, null],
  ['M on a button of the page in a slot', { code: 'KeyM', key: 'm', in: 'theirs' }, null],
  ['M in a field of the page in a slot', { code: 'KeyM', key: 'm', in: 'their-field' }, null],
  ['M outside the call', { code: 'KeyM', key: 'm', in: 'outside' }, null],
];

function pressOn(target: EventTarget, { altGraph = false, ...fields }: Pressed): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...fields });
  if (altGraph) event.getModifierState = (name) => name === 'AltGraph';
  target.dispatchEvent(event);
  return event;
}

describe('the keys of a call', () => {
  it(`are as the ${CASES.length} rows of a table say`, () => {
    expect(CASES.length).to.be.at.least(40);
    const host = createStage();
    const heard: (KeyAction | null)[] = [];
    const onKeydown = (event: KeyboardEvent): void => void heard.push(actionOf(event, host));
    // In the capture phase too, because a key outside the call never bubbles to it.
    host.addEventListener('keydown', onKeydown);
    const outside = document.createElement('button');
    document.body.append(outside);
    outside.addEventListener('keydown', onKeydown);
    const targetOf = (where: string): Element => {
      if (where === 'outside') return outside;
      return (where.startsWith('their') ? host.querySelector(`.${where}`) : host.shadowRoot!.querySelector(where))!;
    };
    const wrong = CASES.filter(([, pressed, action]) => {
      heard.length = 0;
      pressOn(targetOf(pressed.in ?? '.stage'), pressed);
      return heard.length !== 1 || heard[0] !== action;
    });
    host.remove();
    outside.remove();
    expect(wrong.map(([name]) => name)).to.deep.equal([]);
  });

  it('do not count when another listener has prevented them', () => {
    const host = createStage();
    const stage = host.shadowRoot!.querySelector('.stage')!;
    stage.addEventListener('keydown', (event) => event.preventDefault());
    let action: KeyAction | null | undefined;
    host.addEventListener('keydown', (event) => (action = actionOf(event, host)));
    pressOn(stage, { code: 'KeyM', key: 'm' });
    host.remove();
    expect(action).to.equal(null);
  });

  it('turn microphone, camera and hand on and off, tell it in tooltips, and reach no other listener', async () => {
    const call = await joinedCall({ attributes: quiet });
    await eventually('a tooltip with a key', () => partOf(call, 'microphone-button').title === 'Unmute (M)');
    const outer: string[] = [];
    const onOuter = (event: KeyboardEvent): void => void outer.push(event.code);
    document.addEventListener('keydown', onOuter);
    const stage = partOf(call, 'stage');
    expect(pressOn(stage, { code: 'KeyM', key: 'm' }).defaultPrevented).to.equal(true);
    await eventually('on', () => call.participants[0]!.microphone);
    await eventually('a tooltip that says how to mute', () => partOf(call, 'microphone-button').title === 'Mute (M)');
    expect(partOf(call, 'microphone-button').ariaLabel).to.equal('Microphone');
    pressOn(stage, { code: 'KeyV', key: 'v' });
    await eventually('a camera', () => call.participants[0]!.camera);
    pressOn(stage, { code: 'KeyM', key: 'm' });
    await eventually('muted', () => !call.participants[0]!.microphone);
    pressOn(stage, { code: 'KeyH', key: 'h' });
    await eventually('a raised hand', () => call.participants[0]!.hand);
    document.removeEventListener('keydown', onOuter);
    expect(outer).to.deep.equal([]);
  });

  it('are listed by ?, and the focus returns', async () => {
    const call = await joinedCall({ attributes: quiet });
    await eventually('the keys', () => partOf(call, 'microphone-button').title.includes('(M)'));
    const button = partOf(call, 'camera-button');
    button.focus();
    pressOn(button, { code: 'Slash', key: '?', shiftKey: true });
    const list = await eventually('the list', () => call.shadowRoot!.querySelector('sarangbang-keys-dialog'));
    await eventually('open', () => list.shadowRoot!.querySelector('dialog:modal'));
    const keys = partsOf(list, 'key').map((key) => key.textContent);
    expect(keys).to.deep.equal(['M', 'V', 'S', 'H', '?']);
    partOf(list, 'close-button').click();
    await eventually('closed', () => !call.shadowRoot!.querySelector('sarangbang-keys-dialog'));
    expect(call.shadowRoot!.activeElement === button).to.equal(true);
  });

  it('are listed from the menu, and so are those of a shared screen', async () => {
    const room = freshRoom('keys');
    const call = await joinedCall({ room, attributes: quiet });
    const other = await joinedCall({ room, other: true, attributes: quiet });
    await together(call, other);
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.fillRect(0, 0, 9, 9);
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(1);
    await other.toggleScreenShare(true);
    delete (navigator.mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    await eventually('the screen', () => partsOf(call, 'tile-screen')[0]);
    await pressInMenu(call, 'keys-button');
    const list = await eventually('the list', () => call.shadowRoot!.querySelector('sarangbang-keys-dialog'));
    await eventually('open', () => list.shadowRoot!.querySelector('dialog:modal'));
    const keys = partsOf(list, 'key').map((key) => key.textContent);
    expect(keys).to.deep.equal(['M', 'V', 'S', 'H', '+ − 0', '← ↑ → ↓', 'Shift ← ↑ → ↓', '?']);
    partOf(list, 'close-button').click();
    call.noShortcuts = true;
    await call.updateComplete;
    partOf(call, 'more-button').click();
    const menu = await eventually('the menu', () => {
      const found = call.shadowRoot!.querySelector('sarangbang-menu');
      return found?.shadowRoot && partsOf(found, 'settings-button')[0] ? found : null;
    });
    expect(partsOf(menu, 'keys-button')).to.deep.equal([]);
  });

  it('are listed neither in the menu nor in the settings of a phone, nor named for push to talk', async () => {
    const { matchMedia } = window;
    const isPhone = (query: string): boolean => /any-pointer: coarse.*any-hover: none/.test(query);
    window.matchMedia = (query) => (isPhone(query) ? matchMedia('all') : matchMedia.call(window, query));
    try {
      const call = await joinedCall({ attributes: quiet });
      await pressInMenu(call, 'settings-button');
      const dialog = await eventually('the settings', () => {
        const root = call.shadowRoot!.querySelector('sarangbang-settings-dialog')?.shadowRoot;
        return root?.querySelector('[part~="check-button"]') && root;
      });
      expect(dialog.querySelectorAll('[part~="keys-button"]').length).to.equal(0);
      dialog.querySelector<HTMLElement>('[part~="close-button"]')!.click();
      partOf(call, 'more-button').click();
      const menu = await eventually('the menu', () => {
        const found = call.shadowRoot!.querySelector('sarangbang-menu');
        return found?.shadowRoot && partsOf(found, 'settings-button')[0] ? found : null;
      });
      expect(partsOf(menu, 'keys-button').length).to.equal(0);
      const talking = await joinedCall({ attributes: { ...quiet, 'push-to-talk': '' } });
      const lines = () => partsOf(talking, 'notice').map(({ textContent }) => textContent);
      await eventually('a line', () => lines().length === 1);
      expect(lines()).to.deep.equal(['Hold the microphone button to talk.']);
    } finally {
      window.matchMedia = matchMedia;
    }
  });

  it('are none with no-shortcuts and none in the lobby', async () => {
    const call = await joinedCall({ attributes: { ...quiet, 'no-shortcuts': '' } });
    await eventually('a tooltip without a key', () => partOf(call, 'microphone-button').title === 'Unmute');
    const stage = partOf(call, 'stage');
    for (const pressed of [
      { code: 'KeyM', key: 'm' },
      { code: 'Slash', key: '?' },
    ])
      expect(pressOn(stage, pressed).defaultPrevented).to.equal(false);
    const other = await createCall({ room: freshRoom(), attributes: quiet });
    await reaches(other, 'prejoin');
    expect(pressOn(partOf(other, 'join-button'), { code: 'KeyM', key: 'm' }).defaultPrevented).to.equal(false);
    await pass(50);
    expect(call.participants[0]!.microphone).to.equal(false);
  });
});
