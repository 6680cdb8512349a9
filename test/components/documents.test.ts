/** Elements in more than one document: a frame, a popup, and back. */
import { expect } from 'chai';
import '../../components/index.ts';
import { createCall, joinedCall, partsOf, removeCalls, together } from '../support/browser/calls.ts';
import { clearHouse } from '../support/browser/chats.ts';
import { serverUrl } from '../support/server/real-server.ts';
import { eventually } from '../support/waiting.ts';

const ELEMENTS = ['video-call', 'chat-room', 'room-list', 'device-picker'] as const;

let ends: (() => void)[] = [];

afterEach(async () => {
  for (const element of document.querySelectorAll('room-list, device-picker')) element.remove();
  await removeCalls();
  await clearHouse();
  for (const end of ends.splice(0)) end();
});

/** Other documents of this page's origin, each 500 px wide. */
const DOCUMENTS: Record<string, () => Document> = {
  'a frame': () => {
    const frame = document.createElement('iframe');
    frame.style.cssText = 'inline-size: 500px; block-size: 400px; border: 0';
    document.body.append(frame);
    ends.push(() => frame.remove());
    return frame.contentDocument!;
  },
  'a popup': () => {
    const popup = window.open('', '', 'width=500,height=400')!;
    ends.push(() => popup.close());
    return popup.document;
  },
};

/** Every shadow root of ours in and below an element. */
function roots(host: Element): ShadowRoot[] {
  const root = host.shadowRoot!;
  return [root, ...[...root.querySelectorAll('*')].filter(({ shadowRoot }) => shadowRoot).flatMap(roots)];
}

function expectDressed(host: Element, what: string): void {
  for (const {
    adoptedStyleSheets,
    host: { localName },
  } of roots(host)) {
    expect(adoptedStyleSheets.length, `${what}: ${localName}`).to.be.above(0);
  }
  const base = host.shadowRoot!.querySelector('.base')!;
  expect(base.ownerDocument.defaultView!.getComputedStyle(base).containerType, what).to.equal('inline-size');
}

async function make(tag: (typeof ELEMENTS)[number]): Promise<HTMLElement & { updateComplete: Promise<unknown> }> {
  const element = document.createElement(tag);
  if ('server' in element) element.server = await serverUrl();
  if ('room' in element) element.room = 'documents';
  if ('cameraOff' in element) element.cameraOff = element.muted = true;
  return element;
}

describe('in another document', () => {
  for (const [where, open] of Object.entries(DOCUMENTS)) {
    for (const tag of ELEMENTS) {
      it(`<${tag}> is dressed in ${where}, and when it is back`, async () => {
        const element = await make(tag);
        document.body.append(element);
        await element.updateComplete;
        const other = open();
        for (const body of [other.body, document.body, other.body, document.body]) {
          body.append(element);
          await element.updateComplete;
          expectDressed(element, `${tag} in ${where}`);
        }
        other.adoptNode(element);
        document.body.append(element);
        await element.updateComplete;
        expectDressed(element, 'adopted there and back at once');
      });

      it(`<${tag}> made here is drawn for the first time in ${where}`, async () => {
        const element = await make(tag);
        open().body.append(element);
        await element.updateComplete;
        await eventually('a view', () => element.shadowRoot!.querySelector('.base')!.childElementCount > 0);
        expectDressed(element, tag);
        element.remove();
      });
    }

    it(`a call goes on in ${where} and back, drawn by the size it has there`, async () => {
      const call = await joinedCall({ attributes: { muted: '' } });
      const friend = await createCall({ room: call.room, other: true, attributes: { autojoin: '', muted: '' } });
      await together(call, friend);
      const { stream } = call.participants[0]!;
      call.style.cssText = 'inline-size: 100%; block-size: 360px';
      const other = open();
      for (const body of [other.body, document.body]) {
        body.append(call);
        await call.updateComplete;
        const stage = call.shadowRoot!.querySelector('.stage')!;
        await eventually('tiles as wide as the stage there', () => {
          const boxes = partsOf(call, 'tile').map((tile) => tile.getBoundingClientRect());
          const [first, last] = [boxes[0], boxes.at(-1)];
          const { left, right } = stage.getBoundingClientRect();
          return first!.width > 50 && first!.left >= left - 1 && last!.right <= right + 1;
        });
        const videos = partsOf(call, 'tile').map((tile) => tile.shadowRoot!.querySelector('video')!);
        await eventually('both pictures play', () =>
          videos.every(({ paused, currentTime }) => !paused && currentTime > 0),
        );
        expectDressed(call, 'the call');
        expect(call.state).to.equal('joined');
        expect(call.participants[0]!.stream).to.equal(stream);
      }
    }).timeout(30_000);

    it(`the language of the page holds in ${where}, which names none`, async () => {
      document.documentElement.lang = 'ko';
      ends.push(() => (document.documentElement.lang = 'en'));
      const picker = await make('device-picker');
      const other = open();
      other.body.append(picker);
      await eventually('Korean', () => picker.shadowRoot!.textContent!.includes('마이크'));
      other.documentElement.lang = 'en';
      await eventually('English', () => picker.shadowRoot!.textContent!.includes('Microphone'));
      picker.remove();
    });
  }
});

/** Ways in which a window that holds an element disappears, without a lifecycle callback of the element. */
const GONE: Record<string, () => Promise<{ body: HTMLElement; go(): void }>> = {
  'a popup that is closed': async () => {
    const popup = window.open('', '', 'width=500,height=400')!;
    return { body: popup.document.body, go: () => popup.close() };
  },
  'a frame that is taken out': async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    return { body: frame.contentDocument!.body, go: () => frame.remove() };
  },
  'a frame that goes to a different page': async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    ends.push(() => frame.remove());
    return { body: frame.contentDocument!.body, go: () => void (frame.src = '/__server') };
  },
};

/** All tracks that the page is given from now on. */
function watchTracks(): MediaStreamTrack[] {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia;
  const tracks: MediaStreamTrack[] = [];
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask.call(mediaDevices, constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
  ends.push(() => (mediaDevices.getUserMedia = ask));
  return tracks;
}

describe('with the window that it stands in', () => {
  for (const [where, open] of Object.entries(GONE)) {
    it(`a call ends, its devices are off: ${where}`, async () => {
      const tracks = watchTracks();
      const call = await joinedCall();
      await eventually('both devices on', () => tracks.filter(({ readyState }) => readyState === 'live').length === 2);
      const { body, go } = await open();
      body.append(call);
      await call.updateComplete;
      expect(call.state).to.equal('joined');
      go();
      // Polled, because browsers call no listeners in a document whose window is gone.
      await eventually('no device on', () => tracks.every(({ readyState }) => readyState === 'ended'));
      await eventually('out of the call', () => call.state === 'idle');
      document.body.append(call);
      await eventually('in the call again, as the page says', () => call.state === 'joined');
    });

    it(`a call that is moved back in time goes on: ${where}`, async () => {
      const call = await joinedCall({ attributes: { muted: '' } });
      const { body, go } = await open();
      const view = body.ownerDocument.defaultView!;
      const hidden = new Promise((resolve) => view.addEventListener('pagehide', resolve, { once: true }));
      body.append(call);
      await call.updateComplete;
      view.addEventListener('pagehide', () => document.body.append(call));
      const removed = await joinedCall({ attributes: { muted: '', 'camera-off': '' } });
      go();
      await hidden;
      // `removed` leaves its call at the end of the grace. By then `call` would have left too, if it were to.
      removed.remove();
      await eventually('the removed one is out', () => removed.state === 'idle');
      expect(call.state).to.equal('joined');
    });
  }
});
