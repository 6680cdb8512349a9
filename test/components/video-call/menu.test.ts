/** What is on the toolbar of a call, and the menu of the rest. */
import { expect } from 'chai';
import { placesIn } from '../../../components/video-call/more/places.ts';
import { hasLateButtons, type ToolbarAction } from '../../../components/video-call/toolbar.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  createCall,
  joinedCall,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };

afterEach(async () => {
  document.documentElement.dir = '';
  await removeCalls();
});

/** Names of the buttons on the toolbar, in order. */
const toolbar = (call: VideoCall): string[] =>
  [...call.shadowRoot!.querySelectorAll('.controls .tool')].map((tool) => tool.classList[1]!);

const menuOf = (call: VideoCall): ShadowRoot | null | undefined =>
  call.shadowRoot!.querySelector('sarangbang-menu')?.shadowRoot;

async function openMenu(call: VideoCall): Promise<HTMLElement[]> {
  partOf(call, 'more-button').focus();
  partOf(call, 'more-button').click();
  return eventually('the menu', () => {
    const lines = [...(menuOf(call)?.querySelectorAll('button') ?? [])];
    return lines[0]?.matches(':focus') ? lines : null;
  });
}

const press = (call: VideoCall, key: string): KeyboardEvent => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true });
  menuOf(call)!.activeElement!.dispatchEvent(event);
  return event;
};

const lineWith = (call: VideoCall): string => menuOf(call)!.activeElement!.getAttribute('part')!.split(' ')[1]!;

describe('the toolbar of a call', () => {
  it('shows the usual buttons and puts the rest into the menu', async () => {
    const call = await joinedCall({ attributes: quiet });
    expect(toolbar(call)).to.deep.equal(['microphone', 'camera', 'screen', 'more', 'leave']);
    const lines = await openMenu(call);
    expect(toolbar(call), 'the hand comes with the menu').to.deep.equal([
      'microphone',
      'camera',
      'screen',
      'hand',
      'more',
      'leave',
    ]);
    expect(lines.map((line) => line.getAttribute('part'))).to.deep.equal([
      'menu-item react-button',
      'menu-item fullscreen-button button-off',
      'menu-item pip-button button-off',
      'menu-item moderation-button',
      'menu-item check-button',
      'menu-item keys-button',
      'menu-item settings-button',
    ]);
  });

  it('shows the buttons that the page names, in its order, and ignores names it does not know', async () => {
    const call = await joinedCall({
      attributes: { ...quiet, buttons: 'leave  settings nonsense microphone leave more' },
    });
    await eventually('the settings', () => toolbar(call).includes('settings'));
    expect(toolbar(call)).to.deep.equal(['leave', 'settings', 'microphone', 'more']);
    const lines = await openMenu(call);
    expect(lines.map((line) => line.getAttribute('part'))).to.deep.equal([
      'menu-item camera-button button-off',
      'menu-item screen-button button-off',
      'menu-item hand-button button-off',
      'menu-item react-button',
      'menu-item fullscreen-button button-off',
      'menu-item pip-button button-off',
      'menu-item moderation-button',
      'menu-item check-button',
      'menu-item keys-button',
    ]);
    expect(lines[0]!.getAttribute('aria-checked')).to.equal('false');
    await pressInMenu(call, 'camera-button').catch(() => lines[0]!.click());
    await eventually('the camera', () => call.participants[0]!.camera);
  });

  for (const [buttons, shown] of [
    ['MICROPHONE,leave', ['microphone', 'leave']],
    ['nonsense', ['more', 'leave']],
    ['', ['more', 'leave']],
  ] as const)
    it(`lets the person leave where the page writes buttons="${buttons}"`, async () => {
      const call = await joinedCall({ attributes: { ...quiet, buttons } });
      expect(toolbar(call)).to.include.members([...shown]);
    });

  it('keeps one row in a narrow box, with what does not fit in the menu', async () => {
    const call = await joinedCall({ attributes: quiet });
    call.style.cssText = 'inline-size: 230px; block-size: 500px';
    await eventually('fewer buttons', () => !toolbar(call).includes('screen'));
    expect(toolbar(call)).to.deep.equal(['microphone', 'camera', 'more', 'leave']);
    const tops = partsOf(call, 'button').map((button) => button.getBoundingClientRect().top);
    expect(new Set(tops)).to.have.lengthOf(1);
    expect(partOf(call, 'leave-button').getBoundingClientRect().right).to.be.at.most(
      call.getBoundingClientRect().right,
    );
    await openMenu(call);
    expect(menuOf(call)!.querySelector('[part~="screen-button"]')).not.to.equal(null);
  });

  it('makes room for the buttons of the page', async () => {
    const call = await joinedCall({ attributes: quiet });
    call.style.cssText = 'inline-size: 320px; block-size: 500px';
    const own = document.createElement('button');
    own.slot = 'controls';
    own.style.cssText = 'inline-size: 100px; block-size: 40px; flex: none';
    call.append(own);
    await eventually('fewer buttons', () => !toolbar(call).includes('screen'));
    expect(own.getBoundingClientRect().right).to.be.at.most(call.getBoundingClientRect().right);
  });

  it('is the menu’s even where the page does not name it, once something does not fit', async () => {
    const call = await joinedCall({ attributes: { ...quiet, buttons: 'microphone camera screen leave' } });
    expect(toolbar(call)).not.to.include('more');
    call.style.cssText = 'inline-size: 170px; block-size: 500px';
    await eventually('the menu', () => toolbar(call).includes('more'));
    expect(toolbar(call)).to.deep.equal(['microphone', 'camera', 'more', 'leave']);
  });

  it('lies on the pictures in a low box, whose state is compact beside the state of the call', async () => {
    const call = await joinedCall({ attributes: quiet });
    expect(call.matches(':state(compact)')).to.equal(false);
    call.style.cssText = 'inline-size: 320px; block-size: 180px';
    await eventually('compact', () => call.matches(':state(compact):state(joined)'));
    expect(toolbar(call)).to.deep.equal(['microphone', 'camera', 'more', 'leave']);
    const stage = partOf(call, 'stage').getBoundingClientRect();
    expect(stage.bottom).to.be.above(partOf(call, 'leave-button').getBoundingClientRect().bottom);
    await call.leave();
    expect(call.matches(':state(compact):state(left)')).to.equal(true);
    call.style.cssText = 'inline-size: 640px; block-size: 420px';
    await eventually('not compact', () => !call.matches(':state(compact)'));
    expect(call.matches(':state(left)')).to.equal(true);
  });

  it('tells a moderator how many people wait', async () => {
    const call = await joinedCall({ attributes: quiet });
    await call.lockRoom(true);
    const other = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await reaches(other, 'knocking');
    await eventually('the count', () => partOf(call, 'more-button').dataset['count'] === '1');
    expect(partOf(call, 'more-button').ariaLabel).to.equal('More (1)');
  });
});

describe('the menu of a call', () => {
  it('moves by arrows, Home and End, and Escape closes it and gives the focus back', async () => {
    const call = await joinedCall({ attributes: quiet });
    const button = partOf(call, 'more-button');
    expect([button.ariaHasPopup, button.ariaExpanded]).to.deep.equal(['menu', 'false']);
    await openMenu(call);
    await eventually('expanded', () => button.ariaExpanded === 'true');
    const seen = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Home', 'End'].map((key) => {
      expect(press(call, key).defaultPrevented, key).to.equal(true);
      return lineWith(call);
    });
    expect(seen.map((part) => part.split('-')[0])).to.deep.equal([
      'fullscreen',
      'pip',
      'moderation',
      'check',
      'moderation',
      'react',
      'settings',
    ]);
    press(call, 'Escape');
    await eventually('closed', () => !menuOf(call));
    expect(call.shadowRoot!.activeElement === button).to.equal(true);
    expect(button.ariaExpanded).to.equal('false');
  });

  for (const [name, element] of [
    ['moderation', 'sarangbang-moderation'],
    ['settings', 'sarangbang-settings-dialog'],
  ] as const)
    it(`stays open when it was asked for while ${name} closes, whose event comes later`, async () => {
      const call = await joinedCall({ attributes: quiet });
      await pressInMenu(call, `${name}-button`);
      const dialog = await eventually('the dialog', () =>
        call.shadowRoot!.querySelector(element)?.shadowRoot?.querySelector<HTMLDialogElement>('dialog[open]'),
      );
      const closed = new Promise((resolve) => dialog.addEventListener('close', resolve));
      dialog.close();
      partOf(call, 'more-button').click();
      await closed;
      await call.updateComplete;
      expect(menuOf(call)?.querySelector('button') ?? null, 'the menu').not.to.equal(null);
    });

  it('stays open when the last person who waits is let in', async () => {
    const call = await joinedCall({ attributes: quiet });
    await call.lockRoom(true);
    const other = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await eventually('the list of people who wait', () => call.shadowRoot!.querySelector('sarangbang-moderation'));
    await openMenu(call);
    await call.admit(call.waiting[0]!.id);
    await eventually('nobody waits', () => !call.shadowRoot!.querySelector('sarangbang-moderation'));
    await reaches(other, 'joined');
    expect(menuOf(call)?.querySelector('button') ?? null, 'the menu').not.to.equal(null);
  });

  it('closes at a second press of its button and at a press elsewhere', async () => {
    const call = await joinedCall({ attributes: quiet });
    await openMenu(call);
    const button = partOf(call, 'more-button');
    button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
    button.click();
    await eventually('closed by its button', () => !menuOf(call));
    await openMenu(call);
    document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
    await eventually('closed by the page', () => !menuOf(call));
  });

  for (const dir of ['ltr', 'rtl'] as const) {
    it(`stays inside the window (${dir})`, async () => {
      document.documentElement.dir = dir;
      const call = await joinedCall({ attributes: quiet });
      call.style.cssText = 'position: fixed; inset: auto 0 0 auto; inline-size: 200px; block-size: 190px';
      await eventually('compact', () => call.matches(':state(compact)'));
      await openMenu(call);
      const { left, right, top, bottom } = menuOf(call)!.querySelector('.menu')!.getBoundingClientRect();
      expect([left >= 0, right <= innerWidth, top >= 0, bottom <= innerHeight]).to.deep.equal([true, true, true, true]);
      expect(bottom).to.be.at.most(partOf(call, 'more-button').getBoundingClientRect().top);
    });
  }
});

describe('the lobby in a low box', () => {
  it('shows Join and the devices, and the rest at a press', async () => {
    const call = await createCall({
      room: `low-${Math.random().toString(36).slice(2)}`,
      attributes: { 'display-name': 'Ada' },
    });
    call.style.cssText = 'inline-size: 320px; block-size: 180px';
    await reaches(call, 'prejoin');
    const rest = await eventually('the button', () => {
      const [button] = partsOf(call, 'more-button');
      return button?.checkVisibility() ? button : null;
    });
    const shown = () =>
      ['.join', '.microphone', '.name', '.about', '.settings'].map((selector) =>
        call.shadowRoot!.querySelector(selector)!.checkVisibility(),
      );
    expect(shown()).to.deep.equal([true, true, false, false, false]);
    rest.click();
    expect(shown()).to.deep.equal([true, true, true, true, true]);
    expect(rest.ariaExpanded).to.equal('true');
    rest.click();
    expect(shown()).to.deep.equal([true, true, false, false, false]);
  });
});

describe('the buttons of a toolbar that are loaded late', () => {
  /** True for a button that the usual toolbar has not: what it needs is loaded before others are in the call. */
  const ACTIONS: Readonly<Record<ToolbarAction, boolean>> = {
    microphone: false,
    camera: false,
    screen: false,
    hand: false,
    more: false,
    leave: false,
    react: true,
    fullscreen: true,
    invite: true,
    pip: true,
    moderation: true,
    check: true,
    keys: true,
    settings: true,
  };

  it('are known by their names, whatever else the page names', () => {
    const names = Object.keys(ACTIONS) as ToolbarAction[];
    for (const name of names)
      for (const buttons of [name, name.toUpperCase(), `${name} leave`, `more, ${name}`])
        expect(hasLateButtons(buttons), `buttons="${buttons}"`).to.equal(ACTIONS[name]);
    const usual = document.createElement('video-call').buttons;
    expect(usual.split(' ')).to.have.members(names.filter((name) => !ACTIONS[name]));
    expect(hasLateButtons(usual)).to.equal(false);
    expect(hasLateButtons(`${usual} more`), 'more than the usual six').to.equal(true);
  });
});

describe('the places of a toolbar', () => {
  it('follow its width, what the page puts there, and the size of text', () => {
    expect(placesIn({ width: 390, height: 844 }, 0, 15)).to.equal(6);
    expect(placesIn({ width: 280, height: 600 }, 0, 15)).to.equal(5);
    expect(placesIn({ width: 390, height: 844 }, 100, 15)).to.equal(4);
    expect(placesIn({ width: 390, height: 844 }, 0, 30)).to.equal(5);
    expect(placesIn({ width: 844, height: 269 }, 0, 15)).to.equal(0);
  });
});
