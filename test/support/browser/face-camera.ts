/**
 * A camera with a drawn face, so that a screenshot tells how much of it a tile shows.
 *
 * The face box goes from 25 to 75 % of the width and from 8 to 58 % of the height. Its corners have four colours.
 */
import type { Page } from 'puppeteer-core';

export type Shape = '16:9' | '4:3' | '9:16';

/** The colours of the corners of the face box, in reading order. */
export const CORNERS = ['red', 'lime', 'blue', 'yellow'] as const;

/** Runs in a page before its scripts: each camera that is opened shows the face. */
function drawFaces(width: number, height: number, hue: number): void {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const draw = (context: CanvasRenderingContext2D, time: number): void => {
    const [left, right, top, bottom] = [width * 0.25, width * 0.75, height * 0.08, height * 0.58];
    const side = width * 0.12;
    context.fillStyle = `hsl(${hue} 35% 62%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue} 25% 45%)`;
    context.fillRect(0, height * 0.7 + Math.sin(time / 400) * 2, width, height * 0.05);
    // Shoulders, face, eyes, mouth.
    context.fillStyle = `hsl(${hue + 150} 35% 32%)`;
    context.beginPath();
    context.ellipse(width / 2, height, width * 0.42, height * 0.4, 0, 0, 7);
    context.fill();
    context.fillStyle = '#c98f6b';
    context.beginPath();
    context.ellipse(width / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 0, 0, 7);
    context.fill();
    context.fillStyle = '#222';
    for (const at of [0.4, 0.6]) context.fillRect(width * at - side / 4, height * 0.27, side / 2, side / 2);
    context.fillRect(width * 0.42, height * 0.45, width * 0.16, side / 4);
    const corners = [
      ['red', left, top],
      ['lime', right - side, top],
      ['blue', left, bottom - side],
      ['yellow', right - side, bottom - side],
    ] as const;
    for (const [colour, x, y] of corners) {
      context.fillStyle = colour;
      context.fillRect(x, y, side, side);
    }
  };
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    const [camera] = stream.getVideoTracks();
    if (!camera) return stream;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d')!;
    const drawn = canvas.captureStream(8).getVideoTracks()[0]!;
    draw(context, 0);
    const timer = setInterval(() => draw(context, performance.now()), 125);
    const stop = drawn.stop.bind(drawn);
    drawn.stop = () => {
      clearInterval(timer);
      camera.stop();
      stop();
    };
    stream.removeTrack(camera);
    stream.addTrack(drawn);
    return stream;
  };
}

/** Gives a page a camera of this shape, before the page is loaded. @param hue the colour of the room behind the face */
export function giveFace(page: Page, shape: Shape, hue = 200): Promise<unknown> {
  const sizes = { '16:9': [320, 180], '4:3': [240, 180], '9:16': [180, 320] } as const;
  const [width, height] = sizes[shape];
  return page.evaluateOnNewDocument(drawFaces, width, height, hue);
}

/**
 * Which corners of a face box are in a screenshot, within a box of the page.
 * @param page any page, which reads the picture
 * @param png the screenshot, encoded as base64
 */
export function cornersSeen(
  page: Page,
  png: string,
  box: { x: number; y: number; width: number; height: number },
): Promise<string[]> {
  return page.evaluate(
    async (data, { x, y, width, height }) => {
      // From bytes, because the policy of the page forbids pictures from other addresses.
      const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width, height });
      const context = canvas.getContext('2d')!;
      context.drawImage(picture, -x, -y);
      const { data: pixels } = context.getImageData(0, 0, width, height);
      const counts = { red: 0, lime: 0, blue: 0, yellow: 0 };
      for (let at = 0; at < pixels.length; at += 4) {
        const high = [0, 1, 2].map((part) => pixels[at + part]! > 190);
        const low = [0, 1, 2].map((part) => pixels[at + part]! < 90);
        if (high[0] && low[1] && low[2]) counts.red++;
        else if (low[0] && high[1] && low[2]) counts.lime++;
        else if (low[0] && low[1] && high[2]) counts.blue++;
        else if (high[0] && high[1] && low[2]) counts.yellow++;
      }
      return Object.entries(counts).flatMap(([colour, count]) => (count >= 6 ? [colour] : []));
    },
    png,
    box,
  );
}
