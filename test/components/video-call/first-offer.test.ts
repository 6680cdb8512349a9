/** From Join to the first offer: what the page sends first, and what it does only afterwards. */
import { expect } from 'chai';
import { VideoCall } from '../../../components/video-call/video-call.ts';
import { acquireConnection, releaseConnection } from '../../../components/client/shared.ts';
import { holdRendering } from '../../../components/internal/render-hold.ts';
import { normalizeServerUrl } from '../../../components/server-url.ts';
import {
  createCall,
  freshRoom,
  joinedCall,
  otherServerUrl,
  partOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { eventually, until } from '../../support/waiting.ts';

const restores: (() => void)[] = [];

afterEach(async () => {
  for (const restore of restores.splice(0)) restore();
  await removeCalls();
});

/** Calls `before` each time before a method of a prototype runs, until the test ends. */
function spy<Target, Name extends keyof Target & string>(
  target: Target,
  name: Name,
  before: (self: unknown, args: unknown[]) => void,
): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  target[name] = function (this: unknown, ...args: unknown[]) {
    before(this, args);
    return original.apply(this, args);
  } as Target[Name];
  restores.push(() => (target[name] = original as Target[Name]));
}

/** Records in order: renderings of one element, names of sent frames, and calls of `setLocalDescription()`. */
function watch(of: VideoCall): string[] {
  const happened: string[] = [];
  spy(
    VideoCall.prototype as unknown as { render(): unknown },
    'render',
    (self) => self === of && happened.push('render'),
  );
  spy(RTCPeerConnection.prototype, 'setLocalDescription', () => happened.push('describe'));
  spy(WebSocket.prototype, 'send', (_self, [frame]) => {
    const name = /\["([a-z-]+:[a-z-]+)"/.exec(String(frame))?.[1];
    if (name) happened.push(/"type":"(offer|answer)"/.exec(String(frame))?.[1] ?? name);
  });
  return happened;
}

/** Resolves when the other participant's lobby is in the room; it has the ICE servers by then. */
async function inRoom(room: string): Promise<void> {
  const connection = acquireConnection(normalizeServerUrl(await otherServerUrl()));
  const session = connection.acquireRoom(room);
  await until(session.store, ({ state }) => state === 'joined', 'the lobby in the room');
  connection.releaseRoom(session);
  releaseConnection(connection);
}

describe('joining from the lobby', () => {
  it('sends the offer right behind call:join, and renders after it', async () => {
    const room = freshRoom();
    const first = await joinedCall({ room });
    const call = await createCall({ room, other: true });
    await inRoom(room);
    // The offer waits for devices that are about to open.
    await eventually('the devices', () =>
      ['microphone', 'camera'].every((name) => partOf(call, `${name}-button`).part.contains('button-on')),
    );
    await call.updateComplete;
    const happened = watch(call);
    let offeredAt = Infinity;
    spy(WebSocket.prototype, 'send', (_self, [frame]) => {
      if (String(frame).includes('"type":"offer"')) offeredAt = Math.min(offeredAt, performance.now());
    });
    const joinedAt = performance.now();
    const joining = call.join();
    expect(happened.slice(0, 2)).to.deep.equal(['call:join', 'describe'], 'in the task of join()');
    await joining;
    await together(first, call);
    // Rendering is held for a quarter of a second. A busy machine may take longer to make an offer.
    const isHeld = offeredAt - joinedAt < 200;
    const own = happened.filter((one) => one !== 'participant:update' && (isHeld || one !== 'render'));
    expect(own.slice(0, 3)).to.deep.equal(['call:join', 'describe', 'offer']);
    expect(happened).to.include('render');
  });

  it('joins the room that was set just before, without a rendering in between', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    const room = freshRoom('later');
    call.room = room;
    await call.join();
    expect(call.state).to.equal('joined');
    await call.updateComplete;
    expect(call.room).to.equal(room);
  });

  it('joins once if autojoin is set in the same task', async () => {
    const room = freshRoom();
    const call = await createCall({ room, other: true });
    // Before that, the handshake would ask for the call, without a `call:join`.
    await inRoom(room);
    const errors: string[] = [];
    call.addEventListener('call-error', (event) => errors.push(event.code));
    const happened = watch(call);
    call.autojoin = true;
    await call.join();
    await call.updateComplete;
    expect(call.state).to.equal('joined');
    expect(errors).to.deep.equal([]);
    expect(happened.filter((one) => one === 'call:join')).to.have.length(1);
  });
});

describe('a call with autojoin', () => {
  it('connects before its first rendering, which updateComplete awaits', async () => {
    let renderings = 0;
    const connected: number[] = [];
    const call = document.createElement('video-call');
    // The call of the test before may render once more.
    spy(VideoCall.prototype as unknown as { render(): unknown }, 'render', (self) => self === call && renderings++);
    call.server = await otherServerUrl();
    call.autojoin = true;
    call.cameraOff = true;
    call.room = freshRoom();
    call.addEventListener('state-change', () => {
      // Later than an update that begins in this task would render.
      queueMicrotask(() => connected.push(renderings));
    });
    document.body.append(call);
    await eventually('the call is joining', () => connected.length > 0);
    expect(connected[0], 'renderings before the connection').to.equal(0);
    await call.updateComplete;
    expect(call.shadowRoot!.querySelector('[part="base"]')).to.not.equal(null);
    await reaches(call, 'joined');
  });

  it('renders without an answer of the server', async () => {
    const call = await createCall({
      room: freshRoom(),
      server: 'http://127.0.0.1:9',
      attributes: { autojoin: '', 'camera-off': '' },
    });
    expect(call.state).to.equal('joining');
    expect(call.shadowRoot!.querySelector('[part="base"]')).to.not.equal(null);
  });
});

describe('a hold of rendering', () => {
  it('keeps an element as it is until it ends', async () => {
    const call = await createCall({ room: '' });
    const happened = watch(call);
    const free = holdRendering();
    const next = holdRendering();
    call.requestUpdate();
    free();
    free();
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(happened).to.deep.equal([]);
    next();
    await call.updateComplete;
    expect(happened).to.deep.equal(['render']);
  });

  it('ends by itself', async () => {
    const call = await createCall({ room: '' });
    holdRendering();
    call.requestUpdate();
    await call.updateComplete;
  });
});
