/** A stylesheet of the page reaches everything that is seen in a call, in every state, and each documented part. */
import { expect } from 'chai';
import { Ground } from '../../../components/video-call/stage/extras/ground.ts';
import type { VideoTile } from '../../../components/video-call/stage/video-tile.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  createCall,
  joinedCall,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { clearHouse, guest } from '../../support/browser/chats.ts';
import {
  NOTHING,
  documentedParts,
  endSurveys,
  findingsOf,
  hideNames,
  iconsNotReplaced,
  survey,
} from '../../support/browser/parts.ts';
import { humIntoMicrophone, stopHumming } from '../../support/browser/hum.ts';
import { callApp } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(async () => {
  endSurveys();
  Reflect.deleteProperty(navigator, 'userActivation');
  Reflect.deleteProperty(navigator.permissions, 'query');
  await stopHumming();
  clearInterval(painting);
  delete (window as { documentPictureInPicture?: unknown }).documentPictureInPicture;
  for (const method of ['getDisplayMedia', 'enumerateDevices', 'getUserMedia'] as const)
    delete (navigator.mediaDevices as Partial<MediaDevices>)[method];
  await clearHouse();
  await removeCalls();
});

const quiet = { muted: '', 'camera-off': '' };

/** The parts that the second test of a call looks at. */
const DIALOG_PARTS = new RegExp(
  '^(?:dialog|device-|level-|test-|allow-|close-|lock-|participant|role|mute-|lower-|permission-|remove-|' +
    'announce-|end-|question|' +
    'confirm-|waiting|knock|admit-|refuse-|count|check-|copy-|preference-|key)',
);
/** The parts that the third test of a call looks at. */
const LOBBY_PARTS = new RegExp(
  '^(?:prejoin|preview|cancel-button|join-button|name-field|name-input|participants|lock$|allow-button|' +
    'device-(?:menu|field|message)|level-|invite-|illustration$)',
);

const lateIn = (call: VideoCall, inner: string, selector: string): Promise<HTMLElement> =>
  eventually(selector, () => {
    const found = call.shadowRoot!.querySelector(inner)?.shadowRoot?.querySelector<HTMLElement>(selector);
    return found?.checkVisibility() ? found : null;
  });

let painting: ReturnType<typeof setInterval> | undefined;

function shareCanvas(): void {
  const canvas = document.createElement('canvas');
  const context = Object.assign(canvas, { width: 640, height: 360 }).getContext('2d')!;
  // A picture that nobody paints sends no frame.
  painting = setInterval(() => context.fillRect(0, 0, 10, 10), 100);
  navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
}

/** Opens the menu of a tile, which is one menu for all tiles. */
async function openMenuOf(call: VideoCall, tile: HTMLElement): Promise<void> {
  const menu = call.shadowRoot!.querySelector<HTMLElement>('.tile-menu');
  if (menu?.matches(':popover-open')) menu.hidePopover();
  const button = partOf(tile, 'tile-menu-button');
  await eventually('a closed menu', () => button.ariaExpanded === 'false');
  button.click();
  await eventually('the menu', () => partsOf(call, 'menu-item').find((one) => one.checkVisibility()));
}

describe('the parts of a call', () => {
  // What is seen in the lobby is looked at by the third test.
  const LOBBY = '.prejoin > :not(.mirror), .prejoin .tools';

  it('reach everything on its stage, on its toolbar and over them', async () => {
    humIntoMicrophone();
    const call = await joinedCall({
      attributes: {
        ...quiet,
        'self-view': 'tile',
        buttons: 'microphone camera screen hand react fullscreen moderation settings more leave',
      },
    });
    call.style.cssText = 'block-size: 480px; inline-size: 1000px';
    const made = survey(call, LOBBY);
    await eventually('all buttons', () => partsOf(call, 'fullscreen-button')[0]);
    made.look('alone');
    Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: true }, configurable: true });
    await eventually('the clock', () => partsOf(call, 'clock')[0]?.checkVisibility());
    await eventually('the line of a muted voice', () => partsOf(call, 'notice')[0], 15_000);
    made.look('a muted voice');
    await call.toggleMicrophone(true);
    await callApp('announce', ['Fire drill.', { room: call.room }]);
    await eventually('the announcement', () => partsOf(call, 'banner-button')[0]);
    made.look('an announcement');
    partOf(call, 'banner-button').click();

    call.buttons = 'microphone camera more leave';
    const other = await joinedCall({ room: call.room, other: true, attributes: { muted: '' } });
    await together(call, other);
    const theirs = await eventually('the tile', () => partsOf(call, 'tile')[1] as VideoTile | undefined);
    await eventually('its menu', () => partsOf(theirs, 'tile-menu-button')[0]);
    await eventually('a picture', () => theirs.aspect);
    const ground = new Ground();
    ground.handleTiles([theirs]);
    await eventually('the ground', () => partsOf(theirs, 'ground').find((one) => one.checkVisibility()));
    for (const quality of ['poor', 'lost'] as const) {
      await eventually('the ring', async () => {
        // Said again, because the call may have told the tile its own figures meanwhile.
        theirs.participant = { ...theirs.participant, quality, speaking: true };
        await theirs.updateComplete;
        return getComputedStyle(partOf(theirs, 'ring')).opacity === '1';
      });
      theirs.shadowRoot!.querySelector<HTMLElement>('[part="tile-menu-button"]')!.focus();
      made.look(`a ${quality} connection`);
    }
    ground.close();
    await call.raiseHand(true);
    await call.react('👏');
    await eventually('both marks', () => partsOf(partOf(call, 'tile-self'), 'reaction')[0]);
    made.look('a raised hand and a reaction');
    await call.raiseHand(false);
    await openMenuOf(call, theirs);
    made.look('the menu of a tile');
    partsOf(call, 'menu-item')[0]!.click();
    await eventually('pinned', () => theirs.part.contains('tile-pinned'));
    partOf(theirs, 'pin-button').focus();
    made.look('pinned');
    await openMenuOf(call, theirs);
    made.look('the menu of a pinned tile');
    call.pin(null);
    await openMenuOf(call, partOf(call, 'tile-self'));
    made.look('the menu of the own tile');
    call.selfView = 'floating';
    await eventually('floating', () => partsOf(call, 'tile-floating')[0]);
    made.look('floating');
    await openMenuOf(call, partOf(call, 'tile-self'));
    made.look('the menu of the floating tile');
    call.selfView = 'hidden';
    await eventually('the way back', () => partsOf(call, 'self-view-button')[0]);
    made.look('hidden');
    shareCanvas();
    await other.toggleScreenShare(true);
    const screen = await eventually('a screen', () => partsOf(call, 'tile-screen')[0]);
    await eventually('its picture', () => (screen as VideoTile).aspect);
    (await eventually('the switch', () => partsOf(screen, 'point-button')[0])).click();
    const point = { key: 'ArrowRight', shiftKey: true, bubbles: true, composed: true };
    screen.dispatchEvent(new KeyboardEvent('keydown', point));
    await eventually('a pointer', () => partsOf(screen, 'pointer')[0]);
    made.look('pointing');
    const lineWith = (icon: string) =>
      eventually(icon, () =>
        call.shadowRoot!.querySelector<HTMLElement>(
          `.tile-menu:popover-open [part="menu-item"]:has([style*="${icon})"])`,
        ),
      );
    for (const icon of ['zoom-in', 'zoom-out']) {
      partOf(screen, 'tile-menu-button').click();
      const line = await lineWith(icon);
      made.look(icon);
      const menu = call.shadowRoot!.querySelector('.tile-menu')!;
      const closed = new Promise((resolve) => menu.addEventListener('toggle', resolve, { once: true }));
      line.click();
      await closed;
    }
    call.selfView = 'tile';
    call.style.cssText = 'block-size: 120px; inline-size: 120px';
    await eventually('pages', () => partsOf(call, 'page-button')[0]);
    made.look('pages');
    partOf(call, 'page-button').click();
    made.look('the second page');
    call.style.cssText = 'block-size: 480px; inline-size: 800px';
    await other.toggleScreenShare(false);
    await call.toggleScreenShare(true);
    await eventually('the card', () => partsOf(call, 'presenting').find((one) => one.checkVisibility()));
    await eventually('its picture', () => partOf(call, 'presenting-picture').clientWidth > 1);
    made.look('presenting');
    const card = partOf(call, 'presenting');
    for (const side of ['inline-size', 'width']) card.style.setProperty(side, '60px', 'important');
    await eventually('an icon in a narrow card', () => card.querySelector('.icon')?.checkVisibility());
    made.look('presenting in a narrow card');
    const popup = window.open('', '', 'width=400,height=300')!;
    Object.defineProperty(window, 'documentPictureInPicture', {
      configurable: true,
      value: Object.assign(new EventTarget(), { requestWindow: async () => popup }),
    });
    call.buttons = 'pip more leave';
    await call.requestPictureInPicture();
    await eventually('the place of the pictures', () => partsOf(call, 'pip-text')[0]);
    made.look('in a small window');
    await call.exitPictureInPicture();
    await call.leave();
    await call.updateComplete;
    made.look('left');

    const elsewhere = (await documentedParts('video-call')).filter(
      (name) => DIALOG_PARTS.test(name) || LOBBY_PARTS.test(name),
    );
    expect(await findingsOf(made, 'video-call', elsewhere)).to.deep.equal(NOTHING);
  }).timeout(60_000);

  it('reach everything in its menu, its knocks and its dialogs', async () => {
    const call = await joinedCall({ attributes: { ...quiet } });
    const made = survey(call, LOBBY);
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    await eventually('a microphone', () => call.participants[1]?.microphone);
    const client = await guest('Jun');
    const chat = client.join(call.room);
    await eventually('Jun is in', () => chat.store.get().state === 'joined');
    await call.lockRoom(true);
    const knocker = (await guest('Mina')).join(call.room);
    await eventually('Mina knocks', () => knocker.store.get().state === 'knocking');
    await lateIn(call, 'sarangbang-moderation', '.knocks .primary');
    made.look('a knock');
    partOf(call, 'more-button').click();
    await lateIn(call, 'sarangbang-menu', 'button');
    made.look('the menu');
    partOf(call, 'more-button').click();
    await pressInMenu(call, 'moderation-button');
    (await lateIn(call, 'sarangbang-moderation', 'dialog[open] .mute')).focus();
    await other.raiseHand(true);
    await lateIn(call, 'sarangbang-moderation', '.lower');
    made.look('the moderation dialog');
    (await lateIn(call, 'sarangbang-moderation', '.end')).click();
    await lateIn(call, 'sarangbang-moderation', '.question');
    made.look('a question');
    await other.toggleMicrophone(false);
    await lateIn(call, 'sarangbang-moderation', '.silent');
    made.look('a microphone that is off');
    (await lateIn(call, 'sarangbang-moderation', 'dialog[open] .close')).click();

    await call.toggleCamera(true);
    hideNames();
    await pressInMenu(call, 'settings-button');
    const dialog = await lateIn(call, 'sarangbang-settings-dialog', 'dialog[open]');
    const picker = dialog.querySelector('sarangbang-device-picker')!;
    await eventually('the names are asked for', () => partsOf(picker, 'allow-button')[0]);
    await eventually('a sound', () => partOf(partOf(picker, 'meter'), 'level-fill').clientWidth > 1);
    await lateIn(call, 'sarangbang-settings-dialog', '[part~="preference-switch"]');
    made.look('the settings');
    (await lateIn(call, 'sarangbang-settings-dialog', '[part~="keys-button"]')).click();
    await lateIn(call, 'sarangbang-keys-dialog', 'dialog[open]');
    made.look('the keys');
    (await lateIn(call, 'sarangbang-keys-dialog', '[part~="close-button"]')).click();
    (await lateIn(call, 'sarangbang-settings-dialog', '[part~="check-button"]')).click();
    const checking = await lateIn(call, 'sarangbang-check-dialog', 'dialog[open]');
    made.look('a check');
    await eventually('what it found', () => checking.querySelector('dl'), 30_000);
    made.look('what a check found');

    const documented = await documentedParts('video-call');
    const there = documented.filter((name) => !DIALOG_PARTS.test(name) || LOBBY_PARTS.test(name));
    expect(await findingsOf(made, 'video-call', there)).to.deep.equal(NOTHING);
  }).timeout(60_000);

  it('reach everything in the lobby, after the call and in an invitation', async () => {
    const moderator = await joinedCall({ attributes: { ...quiet, 'display-name': 'Mina' } });
    const call = await createCall({ room: moderator.room, other: true, attributes: { 'ask-devices': 'join' } });
    call.style.cssText = 'block-size: 640px; inline-size: 1000px';
    const made = survey(call);
    const there = (part: string): Promise<HTMLElement> =>
      eventually(part, () => partsOf(call, part).find((one) => one.checkVisibility()));
    await there('participants');
    made.look('before anything is asked for');
    // A browser that would ask the person, unlike this one.
    navigator.permissions.query = async () => ({ state: 'prompt' }) as PermissionStatus;
    call.askDevices = 'auto';
    (await there('allow-button')).click();
    await lateIn(call, 'sarangbang-lobby-meter', '[part~="level-fill"]');
    await there('device-menu');
    made.look('devices');
    await call.toggleCamera(false);
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
    await call.toggleCamera(true).catch(() => undefined);
    await there('device-message');
    made.look('a device that is blocked');
    delete (navigator.mediaDevices as Partial<MediaDevices>).getUserMedia;
    await moderator.lockRoom(true);
    call.room = '';
    await reaches(call, 'idle');
    made.look('in no room');
    call.room = moderator.room;
    await there('lock');
    made.look('locked');
    partOf(call, 'join-button').click();
    await reaches(call, 'knocking');
    await call.updateComplete;
    made.look('knocking');
    const [knocker] = await eventually('the knock', () => (moderator.waiting[0] ? moderator.waiting : null));
    await moderator.admit(knocker!.id);
    await reaches(call, 'joined');
    await call.leave();
    await there('illustration');
    made.look('left');
    await moderator.lockRoom(false);
    await moderator.leave();
    call.invitation = 'https://meet.example/';
    await call.join();
    await lateIn(call, 'sarangbang-invitation', '[part~="invite-code"]');
    made.look('the invitation on the seat');
    partOf(call, 'more-button').click();
    await lateIn(call, 'sarangbang-menu', '[part~="invite-button"]');
    made.look('the menu with an invitation');
    partOf(call, 'more-button').click();
    await pressInMenu(call, 'invite-button');
    await lateIn(call, 'sarangbang-invite-dialog', 'dialog[open]');
    made.look('the invitation in a dialog');

    const elsewhere = (await documentedParts('video-call')).filter((name) => !LOBBY_PARTS.test(name));
    expect(await findingsOf(made, 'video-call', elsewhere)).to.deep.equal(NOTHING);
  }).timeout(60_000);

  it('and a piece without a part is found', async () => {
    const call = await joinedCall({ attributes: quiet });
    const made = survey(call, LOBBY);
    const text = document.createElement('p');
    text.textContent = 'nobody styles me';
    text.style.border = '1px solid';
    partOf(call, 'controls').append(text);
    made.look('here');
    expect([...made.missed]).to.deep.equal([
      'here: the box of <p class=""> nobody styles me',
      'here: the text of <p class=""> nobody styles me',
    ]);
  });
});

describe('an image of the page', () => {
  it('has taken the place of every icon of a call in the tests above', async () => {
    expect(await iconsNotReplaced(/^ call/)).to.deep.equal([]);
  });
});
