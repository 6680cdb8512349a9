import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import '../../../components/device-picker/index.ts';
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
import { callApp, proxiedServer } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

const { mediaDevices } = navigator;
const server = await proxiedServer();
const { axe } = window as unknown as { axe: typeof axeCore };

/** The shadow roots of an element and of those within. */
function rootsIn(element: Element): ShadowRoot[] {
  const root = element.shadowRoot;
  return root ? [root, ...[...root.querySelectorAll('*')].flatMap(rootsIn)] : [];
}

/** How often axe runs again on something that does not come to rest. */
const ATTEMPTS = 5;

/**
 * Axe would measure a colour in the middle of a transition, and words that are replaced. What begins one, or changes
 * something, while axe runs makes it run again.
 */
async function runAtRest(element: Element): Promise<axeCore.AxeResults> {
  for (let attempt = 1; ; attempt++) {
    const roots = rootsIn(element);
    const finite = roots
      .flatMap((root) => root.getAnimations())
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(finite.map(({ finished }) => finished));
    let isAtRest = true;
    const onChange = (): void => void (isAtRest = false);
    const observer = new MutationObserver(onChange);
    const listening = new AbortController();
    for (const root of roots) {
      for (const type of ['transitionrun', 'animationstart'])
        root.addEventListener(type, onChange, { signal: listening.signal });
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    }
    const results = await axe.run(element);
    listening.abort();
    observer.disconnect();
    if (isAtRest || results.violations.length === 0 || attempt === ATTEMPTS) return results;
  }
}

/** The violations of accessibility that axe finds, in the light and in the dark scheme. */
async function violations(element: Element): Promise<string> {
  const found: string[] = [];
  for (const scheme of ['light', 'dark']) {
    document.documentElement.style.colorScheme = scheme;
    document.body.style.background = scheme === 'dark' ? '#111' : '#fff';
    const results = await runAtRest(element);
    found.push(
      ...results.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${scheme} ${id} ${JSON.stringify(target)} ${failureSummary}`),
      ),
    );
  }
  return found.join('\n');
}

afterEach(async () => {
  await server.restore();
  delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
  document.documentElement.removeAttribute('style');
  document.body.removeAttribute('style');
  Object.assign(document.documentElement, { lang: 'en', dir: '' });
  for (const picker of document.querySelectorAll('device-picker')) picker.remove();
  await removeCalls();
});

it('the status tells nothing that is over', async () => {
  const call = await createCall({ room: freshRoom(), attributes: { 'camera-off': '', muted: '' } });
  const status = () => call.shadowRoot!.querySelector('p.visually-hidden[role="status"]')!.textContent;
  await reaches(call, 'prejoin');
  await call.join();
  await eventually('nothing about joining', () => status() === '');
  await call.leave();
  await eventually('the farewell', () => status() === 'You left the call.');
  call.room = freshRoom();
  await reaches(call, 'prejoin');
  await eventually('nothing about the call before', () => status() === '');
});

describe('axe finds nothing', () => {
  it('with hands, a reaction and the choice of it, and where only moderators may speak', async () => {
    const attributes = { 'camera-off': '', buttons: 'microphone hand react more leave' };
    const call = await joinedCall({ attributes });
    const other = await joinedCall({ room: call.room, other: true, attributes });
    await together(call, other);
    await other.raiseHand(true);
    await call.setPermission('microphone', 'moderators');
    await other.react('👏');
    const tile = await eventually('the marks', () => {
      const own = other.shadowRoot!.querySelector('[part~="tile-self"]')!.shadowRoot!;
      return own.querySelector('[part="hand"]') && own.querySelector('[part="reaction"]');
    });
    expect(tile.textContent).to.equal('👏');
    await eventually('the reason', () => partOf(other, 'microphone-button').hasAttribute('aria-disabled'));
    expect(await violations(other)).to.equal('');
    partOf(other, 'react-button').click();
    await eventually('the choice', () => other.shadowRoot!.querySelector('sarangbang-menu'));
    expect(await violations(other)).to.equal('');
    await pressInMenu(call, 'moderation-button');
    await eventually('the hand in the dialog', () =>
      call.shadowRoot!.querySelector('sarangbang-moderation')?.shadowRoot?.querySelector('dialog[open] .lower'),
    );
    expect(await violations(call)).to.equal('');
  }).timeout(60_000);

  it('in no room, before, in, alone and with somebody, and after a call', async () => {
    const call = await createCall();
    expect(await violations(call)).to.equal('');
    call.room = freshRoom();
    await reaches(call, 'prejoin');
    await call.updateComplete;
    expect(await violations(call)).to.equal('');
    await call.join();
    await call.updateComplete;
    expect(await violations(call)).to.equal('');
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '', muted: '' } });
    await together(call, other);
    expect(await violations(call)).to.equal('');
    await call.leave();
    await call.updateComplete;
    expect(await violations(call)).to.equal('');
  }).timeout(30_000);

  it('where a call failed', async () => {
    const call = await createCall({ room: 'a\u0000b' });
    await reaches(call, 'failed');
    await call.updateComplete;
    expect(await violations(call)).to.equal('');
  });

  it('in the settings, in the list of keys and in a check', async () => {
    const call = await joinedCall();
    await eventually('the camera', () => call.participants[0]!.camera);
    await pressInMenu(call, 'settings-button');
    const rootOf = (name: string) => call.shadowRoot!.querySelector(`sarangbang-${name}`)?.shadowRoot;
    await eventually('the dialog', () => rootOf('settings-dialog')?.querySelector(':modal'));
    await eventually('what a person sets', () => rootOf('settings-dialog')!.querySelector('[role="switch"]'));
    await call.updateComplete;
    expect(await violations(call)).to.equal('');
    rootOf('settings-dialog')!.querySelector<HTMLElement>('[part~="keys-button"]')!.click();
    await eventually('the keys', () => rootOf('keys-dialog')?.querySelector(':modal'));
    expect(await violations(call)).to.equal('');
    rootOf('keys-dialog')!.querySelector<HTMLElement>('[part~="close-button"]')!.click();
    rootOf('settings-dialog')!.querySelector<HTMLElement>('[part~="check-button"]')!.click();
    await eventually('a check', () => rootOf('check-dialog')?.querySelector(':modal'));
    expect(await violations(call)).to.equal('');
    await eventually('what it found', () => rootOf('check-dialog')!.querySelector('dl'), 20_000);
    expect(await violations(call)).to.equal('');
  }).timeout(40_000);

  it('in a lobby before it asks, where a device is blocked, and where it is low', async () => {
    mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    const call = await createCall({ room: freshRoom(), attributes: { 'ask-devices': 'join' } });
    await eventually('what it says', () => partOf(call, 'prejoin').textContent.includes('when you join'));
    expect(await violations(call)).to.equal('');
    call.askDevices = 'auto';
    const allow = await eventually('the button', () => partsOf(call, 'allow-button')[0]);
    expect(await violations(call)).to.equal('');
    allow.click();
    await eventually('the device that is blocked', () => partsOf(call, 'device-message')[0]);
    expect(await violations(call)).to.equal('');
    call.style.cssText = 'inline-size: 320px; block-size: 180px';
    const rest = await eventually('the button of the rest', () =>
      partsOf(call, 'more-button').find((one) => one.checkVisibility()),
    );
    expect(await violations(call)).to.equal('');
    rest.click();
    expect(await violations(call)).to.equal('');
  }).timeout(30_000);

  it('with an announcement, while the server is away, and while joining', async () => {
    const call = await joinedCall({ server: server.url, attributes: { 'camera-off': '', muted: '' } });
    await callApp('announce', ['Fire drill.', { room: call.room }]);
    await eventually('the announcement', () => partsOf(call, 'banner-button')[0]);
    expect(await violations(call)).to.equal('');
    partOf(call, 'banner-button').click();
    await server.goDown();
    await reaches(call, 'reconnecting');
    await call.updateComplete;
    expect(await violations(call)).to.equal('');
    call.remove();
    await server.restore();
    const other = await createCall({ server: server.url, room: freshRoom(), attributes: { 'camera-off': '' } });
    await eventually('in the room', () => other.role === 'moderator');
    await server.goDown();
    other.join().catch(() => undefined);
    await reaches(other, 'joining');
    await other.updateComplete;
    expect(await violations(other)).to.equal('');
  }).timeout(30_000);

  it('in the menu, and in a low box', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    partOf(call, 'more-button').click();
    await eventually('the menu', () =>
      call.shadowRoot!.querySelector('sarangbang-menu')?.shadowRoot?.querySelector('button:focus'),
    );
    expect(await violations(call)).to.equal('');
    call.style.cssText = 'inline-size: 320px; block-size: 180px';
    await eventually('compact', () => call.matches(':state(compact)'));
    expect(await violations(call)).to.equal('');
    await call.leave();
    expect(await violations(call)).to.equal('');
  });

  it('on the stage: the menu of a tile, pinned, no own picture, shared screens and pages', async () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 640, height: 360 }).getContext('2d')!.fillRect(0, 0, 10, 10);
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
    try {
      const call = await joinedCall({ attributes: { 'camera-off': '' } });
      const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
      await together(call, other);
      const theirs = await eventually('a tile', () => partsOf(call, 'tile')[1]);
      (await eventually('its menu', () => partsOf(theirs, 'tile-menu-button')[0])).click();
      await eventually('the menu', () => partsOf(call, 'menu-item')[0]);
      expect(await violations(call)).to.equal('');
      partsOf(call, 'menu-item')[0]!.click();
      await eventually('pinned', () => theirs.part.contains('tile-pinned'));
      expect(await violations(call)).to.equal('');
      call.pin(null);
      call.selfView = 'hidden';
      await eventually('the way back', () => partsOf(call, 'self-view-button')[0]);
      expect(await violations(call)).to.equal('');
      call.selfView = 'tile';
      await other.toggleScreenShare(true);
      await call.toggleScreenShare(true);
      await eventually('the card', () => partsOf(call, 'presenting').find((one) => one.checkVisibility()));
      const screen = await eventually('the screen', () => partsOf(call, 'tile-screen')[0]);
      (await eventually('the switch', () => partsOf(screen, 'point-button')[0])).click();
      screen.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', shiftKey: true }));
      await eventually('a pointer', () => partsOf(screen, 'pointer')[0]);
      expect(await violations(call)).to.equal('');
      call.style.cssText = 'inline-size: 120px; block-size: 120px';
      await eventually('pages', () => partsOf(call, 'page-button')[0]);
      expect(await violations(call)).to.equal('');
    } finally {
      delete (navigator.mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    }
  }).timeout(40_000);

  for (const [lang, dir] of [
    ['en', 'ltr'],
    ['ko', 'ltr'],
    ['ar', 'rtl'],
  ] as const) {
    it(`in a moderator’s knocks and dialog, and for a person who knocks (${lang}, ${dir})`, async () => {
      Object.assign(document.documentElement, { lang, dir });
      const call = await joinedCall({ attributes: { 'camera-off': '' } });
      const third = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
      await together(call, third);
      third.remove();
      await call.lockRoom(true);
      await reaches(third, 'idle');
      const other = await createCall({ room: call.room, other: true, attributes: { 'camera-off': '', autojoin: '' } });
      await reaches(other, 'knocking');
      await other.updateComplete;
      expect(await violations(other)).to.equal('');
      const panel = await eventually('the knock in sight', () => {
        const root = call.shadowRoot!.querySelector('sarangbang-moderation')?.shadowRoot;
        return root?.querySelector('.knocks .primary') ? root : null;
      });
      expect(await violations(call)).to.equal('');
      await pressInMenu(call, 'moderation-button');
      await eventually('the dialog', () => panel.querySelector('dialog[open] .knock .primary'));
      expect(await violations(call)).to.equal('');
      panel.querySelector<HTMLElement>('.end')!.click();
      await eventually('the question', () => panel.querySelector('.question'));
      expect(await violations(call)).to.equal('');
    }).timeout(30_000);
  }

  it('in a device picker, with a preview and without', async () => {
    const picker = document.createElement('device-picker');
    document.body.append(picker);
    await picker.updateComplete;
    expect(await violations(picker)).to.equal('');
    picker.preview = true;
    await picker.updateComplete;
    expect(await violations(picker)).to.equal('');
  });

  it('and it can find something', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    partOf(call, 'leave-button').removeAttribute('aria-label');
    partOf(call, 'leave-button').removeAttribute('title');
    expect((await violations(call)).match(/^(?:light|dark) /gm)).to.have.length(2);
  });
});
