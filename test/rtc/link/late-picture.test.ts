import { expect } from 'chai';
import {
  FakeCallRoom,
  localTracks,
  openMicrophone,
  stopTracks,
  type Member,
} from '../../support/rtc/fake-call-room.ts';
import { eventually } from '../../support/waiting.ts';

/** A camera that shows nothing until it is told to. */
class LateCamera {
  readonly #canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
  readonly track = this.#canvas.captureStream().getVideoTracks()[0]!;
  #timer: number | undefined;

  constructor() {
    // Without a context, a canvas delivers no frame.
    expect(this.track.readyState).to.equal('live');
  }

  show(): void {
    const context = this.#canvas.getContext('2d')!;
    let hue = 0;
    this.#timer = window.setInterval(() => {
      context.fillStyle = `hsl(${hue++ % 360} 60% 50%)`;
      context.fillRect(0, 0, 160, 120);
    }, 50);
  }

  end(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }
}

describe('a camera that shows nothing yet', () => {
  let room: FakeCallRoom;
  let camera: LateCamera;
  let video: HTMLVideoElement;

  beforeEach(() => {
    room = new FakeCallRoom();
    camera = new LateCamera();
    video = Object.assign(document.createElement('video'), { muted: true, autoplay: true, playsInline: true });
    document.body.append(video);
  });

  afterEach(async () => {
    video.srcObject = null;
    video.remove();
    camera.end();
    room.close();
    await stopTracks();
  });

  const streamOf = (by: Member, of: Member) =>
    by.call.store.get().participants.find(({ id }) => id === of.id)?.stream ?? null;

  /** Plays the stream of `of` in `video`. Sets the stream only when it changed, as a tile does. */
  function play(by: Member, of: Member): void {
    by.call.store.subscribe(() => {
      const stream = streamOf(by, of);
      if (video.srcObject !== stream) video.srcObject = stream;
    });
  }

  it('does not hold back the sound', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    play(lee, kim);
    kim.call.setLocal(localTracks({ camera: camera.track, microphone: openMicrophone() }));
    await eventually('that the sound is played', () => video.currentTime > 0.1);
    const stream = streamOf(lee, kim);
    camera.show();
    await eventually('the picture beside it', () => video.videoWidth > 0);
    expect(streamOf(lee, kim), 'starts over for no other reason').to.equal(stream);
    expect(stream?.getTracks()).to.have.length(2);
  });
});
