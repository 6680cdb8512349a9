/** What a small window tells while the page behind it is hidden. A popup stands for the window. */
import { expect } from 'chai';
import { joinedCall, partsOf, removeCalls, together } from '../../support/browser/calls.ts';
import { goOnHumming, humIntoMicrophone, pauseHumming, stopHumming } from '../../support/browser/hum.ts';
import { proxiedServer } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

let view: Window | null = null;

/** From now on the page has something of its own that it has not. */
const pretend = (target: object, name: string, value: unknown): void =>
  void Object.defineProperty(target, name, { value, configurable: true });

beforeEach(() => {
  pretend(navigator, 'userActivation', { hasBeenActive: true });
  const requestWindow = async () => (view = window.open('', '', 'width=400,height=300'));
  pretend(window, 'documentPictureInPicture', Object.assign(new EventTarget(), { requestWindow }));
});

afterEach(async () => {
  Reflect.deleteProperty(document, 'visibilityState');
  Reflect.deleteProperty(navigator, 'userActivation');
  await removeCalls();
  await stopHumming();
  view?.close();
  Reflect.deleteProperty(window, 'documentPictureInPicture');
});

describe('the words of a small window', () => {
  it('tell a person who speaks while muted, and read out a raised hand', async () => {
    humIntoMicrophone();
    await pauseHumming();
    const quiet = { muted: '', 'camera-off': '' };
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: { ...quiet, 'display-name': 'Bo' } });
    await together(call, other);
    await call.requestPictureInPicture();
    pretend(document, 'visibilityState', 'hidden');
    const host = view!.document.querySelector<HTMLElement>('video-call')!;
    const status = host.shadowRoot!.querySelector('.visually-hidden')!;
    expect([status.role, status.textContent]).to.deep.equal(['status', '']);
    await goOnHumming();
    const line = await eventually('the line', () => partsOf(host, 'notice')[0], 12_000);
    expect(line.textContent).to.equal('You are muted: nobody hears you.');
    expect(line.getBoundingClientRect().bottom).to.be.at.most(view!.innerHeight);
    expect(partsOf(call, 'notice'), 'nobody sees it in the page').to.have.length(0);
    await eventually('the line is read out', () => status.textContent === line.textContent);
    await other.raiseHand(true);
    await eventually('the hand is read out', () => status.textContent.includes('Bo'));
    Reflect.deleteProperty(document, 'visibilityState');
    await call.exitPictureInPicture();
    await eventually('the line in the page', () => partsOf(call, 'notice')[0]);
  }).timeout(30_000);

  it('mark a muted microphone and a raised hand, and say how many hands and people there are', async () => {
    const quiet = { muted: '', 'camera-off': '' };
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: quiet });
    await together(call, other);
    await call.requestPictureInPicture();
    const host = view!.document.querySelector<HTMLElement>('video-call')!;
    await eventually('the mark beside the name', () => partsOf(host, 'badge')[0]?.ariaLabel === 'muted');
    const counts = () => [...host.shadowRoot!.querySelectorAll('.counts [part~="plate"]')].map((one) => one.ariaLabel);
    expect(counts()).to.deep.equal([]);
    await call.raiseHand(true);
    await other.raiseHand(true);
    await eventually('the second place', () => partsOf(host, 'hand')[0]?.textContent.trim() === '2');
    await eventually('both hands', () => counts().join() === '2 raised hands');
    const { url } = await proxiedServer();
    const third = await joinedCall({ room: call.room, server: url, attributes: quiet });
    await eventually('three people', () => counts().join() === '2 raised hands,3 people in the call');
    await third.leave();
    await other.toggleMicrophone(true);
    await eventually('no mark', () => !partsOf(host, 'badge')[0]);
    await call.lowerHand();
    await eventually('nothing to tell', () => counts().length === 0 && !partsOf(host, 'hand')[0]);
  });
});
