import { expect } from 'chai';

describe('the browser under test', () => {
  it('draws the frames of a fake camera and offers three of them', async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
    const video = document.createElement('video');
    video.srcObject = stream;
    video.muted = true;
    document.body.append(video);
    await video.play();
    await new Promise<void>((resolve) => {
      video.requestVideoFrameCallback(() => resolve());
    });
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    stream.getTracks().forEach((track) => track.stop());
    video.remove();
    expect(cameras).to.have.length(3);
  });
});
