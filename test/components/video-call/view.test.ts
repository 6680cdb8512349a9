import { expect } from 'chai';
import {
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const PAGE_STYLE = 'rgb(1, 2, 3)';
let sheets: CSSStyleSheet[] = [];

/** Adds a stylesheet to the page that styles a part of `<video-call>`. */
function stylePart(part: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`video-call::part(${part}) { text-decoration-color: ${PAGE_STYLE}; }`);
  sheets.push(sheet);
  document.adoptedStyleSheets = sheets;
}

const isStyled = (element: Element) => getComputedStyle(element).textDecorationColor === PAGE_STYLE;

/** The parts of the focused element, as text: a failed comparison would print a whole element. */
const focused = (call: Element) => call.shadowRoot!.activeElement?.getAttribute('part');

/** Elements that bear a part, within the call and within its inner elements. */
function borneIn(root: ShadowRoot, part: string): Element[] {
  const inner = [...root.querySelectorAll('*')].flatMap(({ shadowRoot }) =>
    shadowRoot ? borneIn(shadowRoot, part) : [],
  );
  return [...root.querySelectorAll(`[part~="${part}"]`), ...inner];
}

afterEach(async () => {
  document.adoptedStyleSheets = sheets = [];
  await removeCalls();
});

describe('the parts of a call', () => {
  it('before the call can all be styled from the page', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    await call.updateComplete;
    for (const part of [
      'base',
      'banner',
      'prejoin',
      'preview',
      'join-button',
      'button',
      'microphone-button',
      'camera-button',
      'settings-button',
      'video',
      'avatar',
      'name',
    ]) {
      const borne = borneIn(call.shadowRoot!, part);
      expect(borne, part).not.to.have.length(0);
      expect(borne.some(isStyled), `${part} before`).to.equal(false);
      stylePart(part);
      expect(borne.every(isStyled), part).to.equal(true);
      document.adoptedStyleSheets = sheets = [];
    }
  });

  it('in the call can all be styled from the page', async () => {
    const call = await joinedCall({ attributes: { muted: '', 'self-view': 'tile' } });
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    await eventually('the buttons of tiles', () => borneIn(call.shadowRoot!, 'pin-button').length === 2);
    for (const part of [
      'base',
      'stage',
      'tile',
      'tile-self',
      'video',
      'avatar',
      'name',
      'badge',
      'plate',
      'seat',
      'pin-button',
      'tile-menu-button',
      'controls',
      'button',
      'microphone-button',
      'camera-button',
      'screen-button',
      'more-button',
      'leave-button',
    ]) {
      const borne = borneIn(call.shadowRoot!, part);
      expect(borne, part).not.to.have.length(0);
      stylePart(part);
      expect(borne.every(isStyled), part).to.equal(true);
      document.adoptedStyleSheets = sheets = [];
    }
    const [own, others] = [
      partsOf(call, 'tile-self'),
      partsOf(call, 'tile').filter((tile) => !tile.part.contains('tile-self')),
    ];
    expect(own).to.have.length(1);
    expect(others).to.have.length(1);
    stylePart('tile-self');
    expect([isStyled(own[0]!), isStyled(others[0]!)]).to.deep.equal([true, false]);
  });

  it('of the settings can be styled from the page, through the picker in them', async () => {
    const call = await joinedCall();
    await eventually('the camera', () => call.participants[0]!.camera);
    await pressInMenu(call, 'settings-button');
    const dialog = await eventually('the dialog', () => borneIn(call.shadowRoot!, 'dialog')[0]);
    await eventually('the picker', () => borneIn(call.shadowRoot!, 'select').length >= 2);
    stylePart('dialog');
    expect(isStyled(dialog)).to.equal(true);
    for (const part of ['field', 'label', 'select', 'meter', 'message']) {
      stylePart(`device-${part}`);
      const borne = borneIn(call.shadowRoot!, part);
      expect(borne, part).not.to.have.length(0);
      expect(borne.every(isStyled), part).to.equal(true);
    }
    stylePart('device-preview');
    expect(borneIn(call.shadowRoot!, 'preview').every(isStyled)).to.equal(true);
    expect(customElements.get('device-picker'), 'the page’s name is left alone').to.equal(undefined);
  });
});

describe('the slots of a call', () => {
  it('empty stands while one is alone, controls in the toolbar, prejoin over the preview', async () => {
    const call = await createCall({ room: freshRoom() });
    for (const name of ['empty', 'controls', 'prejoin']) {
      const element = document.createElement('button');
      element.slot = name;
      element.textContent = name;
      call.append(element);
    }
    const seen = () => [...call.children].filter((child) => child.checkVisibility()).map(({ slot }) => slot);
    await reaches(call, 'prejoin');
    await call.updateComplete;
    expect(seen()).to.deep.equal(['prejoin']);
    await call.join();
    await call.updateComplete;
    expect(seen()).to.deep.equal(['empty', 'controls']);
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    expect(seen()).to.deep.equal(['controls']);
    await other.leave();
    await eventually('alone again', () => seen().includes('empty'));
  });
});

describe('the view before the call', () => {
  it('shows the own picture, mirrored and silent, and takes a name', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    await call.updateComplete;
    const video = partOf(call, 'preview').shadowRoot!.querySelector('video')!;
    await eventually('the own picture', () => video.videoWidth > 0);
    expect(video.muted).to.equal(true);
    expect(getComputedStyle(video).transform).to.contain('-1');
    const input = call.shadowRoot!.querySelector('input')!;
    expect(input.value, 'a friendly name').not.to.equal('');
    input.value = '해랑 🌊';
    input.dispatchEvent(new Event('change', { bubbles: true }));
    expect(call.displayName).to.equal('해랑 🌊');
    input.form!.requestSubmit();
    await reaches(call, 'joined');
    await eventually('the name', () => call.participants[0]!.displayName === '해랑 🌊');
  });

  it('switches devices before the call, and the call begins with them so', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    await call.updateComplete;
    await eventually('the camera', () => partOf(call, 'camera-button').getAttribute('aria-pressed') === 'true');
    partOf(call, 'camera-button').click();
    partOf(call, 'microphone-button').click();
    await eventually('both off', () =>
      ['camera-button', 'microphone-button'].every(
        (part) => partOf(call, part).getAttribute('aria-pressed') === 'false',
      ),
    );
    await call.join();
    expect(call.participants.map(({ camera, microphone }) => [camera, microphone])).to.deep.equal([[false, false]]);
  });

  it('hands the keyboard on: from the join button to the toolbar, and back', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    await call.updateComplete;
    partOf(call, 'join-button').focus();
    partOf(call, 'join-button').click();
    await reaches(call, 'joined');
    await call.updateComplete;
    // The microphone opens after the call began.
    await eventually('the first button', () => focused(call) === 'button microphone-button button-on');
    partOf(call, 'leave-button').focus();
    partOf(call, 'leave-button').click();
    await reaches(call, 'left');
    await call.updateComplete;
    expect(focused(call)).to.equal('join-button');
  });
});

describe('the words of a call', () => {
  it('tell politely who came and went', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    const told = () => call.shadowRoot!.querySelector('.visually-hidden[role="status"]')!.textContent;
    const heard = listen(call, 'participant-join', 'participant-leave');
    const other = await joinedCall({
      room: call.room,
      other: true,
      attributes: { 'camera-off': '', 'display-name': 'Ada' },
    });
    await eventually('the coming', () => told() === 'Ada joined the call');
    await other.leave();
    await eventually('the going', () => told() === 'Ada left the call');
    expect(heard.map(({ type }) => type)).to.deep.equal(['participant-join', 'participant-leave']);
  });

  it('follow the nearest lang and dir', async () => {
    const section = document.createElement('section');
    section.lang = 'ko';
    section.dir = 'rtl';
    document.body.append(section);
    const call = await joinedCall({ parent: section, attributes: { 'camera-off': '' } });
    await eventually('Korean', () => partOf(call, 'leave-button').title === '나가기');
    const [microphone, leave] = [partOf(call, 'microphone-button'), partOf(call, 'leave-button')].map((button) =>
      button.getBoundingClientRect(),
    );
    expect(microphone!.left, 'mirrored').to.be.above(leave!.left);
    section.lang = 'en';
    section.dir = 'ltr';
    await eventually('English', () => partOf(call, 'leave-button').title === 'Leave');
    expect(partOf(call, 'microphone-button').getBoundingClientRect().left).to.be.below(
      partOf(call, 'leave-button').getBoundingClientRect().left,
    );
    section.remove();
    await reaches(call, 'idle');
  });

  it('say in a banner what a press did not bring, until it is put away', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    const { mediaDevices } = navigator;
    mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    try {
      const heard = listen(call, 'call-error');
      partOf(call, 'camera-button').click();
      const banner = partOf(call, 'banner');
      await eventually('the sentence', () => banner.textContent!.includes('is blocked'));
      expect(banner.getAttribute('role')).to.equal('status');
      expect(heard.map((event) => event as unknown as { code: string; fatal: boolean })).to.have.length(1);
      expect(heard[0]).to.include({ code: 'permission-denied', fatal: false });
      banner.querySelector('button')!.click();
      await call.updateComplete;
      expect(banner.textContent!.trim()).to.equal('');
      expect(call.state).to.equal('joined');
    } finally {
      delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
    }
  });

  it('offer a button where the browser holds the sound back', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    const heard = listen(call, 'call-error');
    const tile = partOf(call, 'tile');
    tile.dispatchEvent(new Event('playback-blocked'));
    tile.dispatchEvent(new Event('playback-blocked'));
    await call.updateComplete;
    expect(heard).to.have.length(1);
    expect(heard[0]).to.include({ code: 'playback-blocked', fatal: false });
    const button = partOf(call, 'banner').querySelector('button')!;
    expect(button.textContent).to.equal('Turn sound on');
    let played = 0;
    (tile as unknown as { play: () => void }).play = () => played++;
    button.click();
    await call.updateComplete;
    expect(played).to.equal(1);
    expect(partOf(call, 'banner').textContent!.trim()).to.equal('');
  });
});

describe('the settings', () => {
  it('open as a modal dialog, close by Escape and by their button, and give the focus back', async () => {
    const call = await joinedCall({ attributes: { 'camera-off': '' } });
    const settings = () => call.shadowRoot!.querySelector('sarangbang-settings-dialog');
    for (const close of [
      (dialog: HTMLDialogElement) => dialog.requestClose(),
      (dialog: HTMLDialogElement) => dialog.querySelector('button')!.click(),
    ]) {
      partOf(call, 'more-button').focus();
      await pressInMenu(call, 'settings-button');
      const dialog = await eventually('the dialog', () => settings()?.shadowRoot?.querySelector('dialog'));
      await eventually('modal', () => dialog.matches(':modal'));
      expect(dialog.getAttribute('aria-labelledby')).to.equal('title');
      close(dialog);
      await eventually('closed', () => settings() === null);
      expect(focused(call)).to.equal('button more-button');
    }
  });
});
