import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import { encode } from 'uqr';
import { invitationAddress } from '../../../components/video-call/invitation/address.ts';
import { codeOf } from '../../../components/video-call/invitation/code.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { createCall, joinedCall, pressInMenu, reaches, removeCalls, together } from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const { axe } = window as unknown as { axe: typeof axeCore };
const quiet = { 'camera-off': '', muted: '' };
const ADDRESS = 'https://meet.example/standup?day=1';

const cardOf = (call: VideoCall): ShadowRoot | undefined =>
  call.shadowRoot!.querySelector('sarangbang-invitation')?.shadowRoot ?? undefined;
const partOf = (root: ShadowRoot, name: string): HTMLElement => root.querySelector<HTMLElement>(`[part~="${name}"]`)!;

afterEach(async () => {
  await removeCalls();
});

describe('the address of an invitation', () => {
  const PAGE = 'https://page.example/a?token=t&room=r&key=k#here';
  const TABLE: [given: unknown, page: string, address: string | null][] = [
    [null, PAGE, null],
    ['', PAGE, 'https://page.example/a?room=r'],
    [' ', PAGE, 'https://page.example/a?room=r'],
    [true, PAGE, 'https://page.example/a?room=r'],
    ['', 'https://page.example/?a%20b', 'https://page.example/?a%20b'],
    [undefined, PAGE, null],
    [false, PAGE, null],
    [{}, PAGE, null],
    [new URL(ADDRESS), PAGE, ADDRESS],
    [ADDRESS, PAGE, ADDRESS],
    ['https://meet.example/?token=t#x', PAGE, 'https://meet.example/?token=t#x'],
    ['javascript:alert(1)', PAGE, null],
    ['/standup', PAGE, null],
    ['nothing', PAGE, null],
    ['', 'about:blank', null],
  ];
  for (const [given, page, address] of TABLE)
    it(`is ${address} for ${JSON.stringify(given)} on ${page}`, () => {
      expect(invitationAddress(given, page)).to.equal(address);
    });
});

it('a text that is too long has no code', () => {
  expect(codeOf('x'.repeat(2_331)).size).to.be.greaterThan(100);
  expect(codeOf('x'.repeat(2_332)).size).to.equal(0);
});

it('a code has every dark module of the encoder, and no other', () => {
  const { data, size } = encode(ADDRESS, { ecc: 'M', border: 3 });
  const { path, size: drawn } = codeOf(ADDRESS);
  expect(drawn).to.equal(size);
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let at = 0; at < Number(width); at++) dark[Number(y)]![Number(x) + at] = true;
  expect(dark).to.deep.equal(data);
});

describe('a participant who is alone', () => {
  it('can copy and share the invitation, until somebody comes', async () => {
    const copied: string[] = [];
    const shared: ShareData[] = [];
    const { navigator } = window;
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => void copied.push(text) },
    });
    Object.assign(navigator, { share: async (data: ShareData) => void shared.push(data) });
    try {
      const call = await joinedCall({ attributes: { ...quiet, invitation: ADDRESS } });
      const card = await eventually('the invitation', () => cardOf(call));
      expect(partOf(card, 'invite-code').checkVisibility(), 'no room for it').to.equal(false);
      call.style.cssText = 'inline-size: 900px; block-size: 640px';
      await eventually('the code', () => partOf(card, 'invite-code')?.checkVisibility());
      const [copy, share] = [...card.querySelectorAll<HTMLElement>('[part~="invite-button"]')];
      copy!.click();
      await eventually('the word', () => copy!.textContent === 'Link copied');
      expect(card.querySelector('[role="status"]')!.textContent).to.equal('Link copied');
      expect(copied).to.deep.equal([ADDRESS]);
      share!.click();
      expect(shared).to.deep.equal([{ title: call.room, url: ADDRESS }]);
      const { violations } = await axe.run(call);
      expect(violations.map(({ id }) => id)).to.deep.equal([]);
      const other = await joinedCall({ room: call.room, other: true, attributes: quiet });
      await together(call, other);
      expect(cardOf(call)).to.equal(undefined);
    } finally {
      delete (navigator as { clipboard?: unknown }).clipboard;
      delete (navigator as { share?: unknown }).share;
    }
  });

  it('sees the whole code or none, and no link under the toolbar', async () => {
    const call = await joinedCall({ attributes: { ...quiet, invitation: ADDRESS } });
    const card = await eventually('the invitation', () => cardOf(call));
    const seat = call.shadowRoot!.querySelector('[part~="seat"]')!;
    const seen: string[] = [];
    for (const [width, height] of [
      [280, 600],
      [390, 488],
      [500, 560],
      [640, 640],
      [360, 740],
      [400, 1000],
      [400, 1200],
      [720, 620],
      [1000, 560],
      [320, 180],
      [260, 200],
    ] as const) {
      call.style.cssText = `inline-size: ${width}px; block-size: ${height}px`;
      await new Promise(requestAnimationFrame);
      await call.updateComplete;
      await Promise.all(seat.getAnimations().map(({ finished }) => finished));
      const { bottom } = seat.getBoundingClientRect();
      const toolbar = call.shadowRoot!.querySelector('[part~="controls"]')!.getBoundingClientRect().top;
      for (const name of ['invite-button', 'invite-code']) {
        const part = partOf(card, name);
        if (!part.checkVisibility()) continue;
        const end = part.getBoundingClientRect().bottom;
        if (end > Math.min(bottom, toolbar)) seen.push(`${width}×${height}: ${name} ${end} > ${bottom}, ${toolbar}`);
      }
    }
    expect(seen).to.deep.equal([]);
    expect(partOf(card, 'invite-button').checkVisibility(), 'the menu has it').to.equal(false);
    call.noControls = true;
    await eventually('the link without a menu', () => partOf(card, 'invite-button').checkVisibility());
  });

  it('is offered nothing without an address that others can open', async () => {
    const call = await joinedCall({ attributes: { ...quiet, invitation: 'javascript:alert(1)' } });
    call.invitation = ADDRESS;
    await eventually('the control: with an address', () => cardOf(call));
    call.invitation = 'javascript:alert(1)';
    await call.updateComplete;
    expect(cardOf(call)).to.equal(undefined);
    call.invitation = null;
    await call.updateComplete;
    expect(cardOf(call)).to.equal(undefined);
  });

  it('is told where to copy by hand if the browser refuses', async () => {
    Object.defineProperty(window.navigator, 'clipboard', {
      configurable: true,
      value: { writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError')) },
    });
    try {
      const call = await createCall({
        room: `refused-${Date.now()}`,
        attributes: { ...quiet, autojoin: '', invitation: '' },
      });
      await reaches(call, 'joined');
      const card = await eventually('the invitation', () => cardOf(call));
      (await eventually('its button', () => partOf(card, 'invite-button'))).click();
      const word = await eventually('the word', () => card.querySelector('[role="alert"]')?.textContent);
      expect(word).to.match(/^Couldn’t copy/);
      expect(card.querySelector('.address')!.textContent).to.contain(window.location.host);
    } finally {
      delete (window.navigator as { clipboard?: unknown }).clipboard;
    }
  });
});

describe('the menu of a call', () => {
  it('opens the invitation in a dialog, where there is an address', async () => {
    const call = await joinedCall({ attributes: { ...quiet, invitation: ADDRESS } });
    await pressInMenu(call, 'invite-button');
    const host = await eventually('the dialog', () => call.shadowRoot!.querySelector('sarangbang-invite-dialog'));
    const dialog = await eventually('modal', () => host.shadowRoot!.querySelector<HTMLDialogElement>('dialog:modal'));
    const card = dialog.querySelector('sarangbang-invitation')!.shadowRoot!;
    await eventually('its address', () => card.querySelector('.address')?.textContent === ADDRESS.slice(8));
    call.style.blockSize = '200px';
    for (const name of ['invite-button', 'invite-text', 'invite-code'])
      expect(partOf(card, name).checkVisibility(), `${name} in front of a low call`).to.equal(true);
    const { violations } = await axe.run(call);
    expect(violations.map(({ id }) => id)).to.deep.equal([]);
    dialog.querySelector('button')!.click();
    await eventually('nothing stays', () => !call.shadowRoot!.querySelector('sarangbang-invite-dialog'));
    call.invitation = null;
    await call.updateComplete;
    call.shadowRoot!.querySelector<HTMLElement>('[part~="more-button"]')!.click();
    const menu = await eventually('the menu', () => call.shadowRoot!.querySelector('sarangbang-menu')?.shadowRoot);
    await eventually('its lines', () => menu.querySelector('[part~="settings-button"]'));
    expect(menu.querySelector('[part~="invite-button"]')).to.equal(null);
  });
});
