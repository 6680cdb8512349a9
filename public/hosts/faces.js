/**
 * The drawn hosts of the first screen: two faces that look around, blink and talk.
 *
 * Owns what a host looks like. A face stands where cameras usually have it: in the upper two thirds. Does not own when
 * a face is drawn (see `host.js`).
 */

/** The size of a picture, in pixels. Small, because every visitor's machine encodes and decodes it. */
export const WIDTH = 360;
export const HEIGHT = 270;
/** The width of the drawn room. A picture shows the middle of it. */
const ROOM = 480;

/** Colours of each host, and a number that keeps the two from moving alike. */
export const LOOKS = {
  mina: {
    wall: '#e9d9b8',
    light: '#fff6df',
    wood: '#8a6143',
    hair: '#2b211c',
    skin: '#eec3a0',
    cheek: '#e59f84',
    coat: '#2c6656',
    collar: '#f6efe0',
    beat: 0,
  },
  jun: {
    wall: '#c9d3c4',
    light: '#f3f3df',
    wood: '#5f4a38',
    hair: '#3a2f2a',
    skin: '#dba983',
    cheek: '#cc8466',
    coat: '#9c3f17',
    collar: '#f1e7d3',
    beat: 2.7,
  },
};

const TURN = Math.PI * 2;

function fill(pen, colour, draw) {
  pen.fillStyle = colour;
  pen.beginPath();
  draw();
  pen.fill();
}

function stroke(pen, colour, width, draw) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  draw();
  pen.stroke();
}

/** A paper window with a lattice, lit from outside. */
function drawRoom(pen, look, seconds) {
  const { wall, light, wood } = look;
  pen.fillStyle = wall;
  pen.fillRect(0, 0, ROOM, HEIGHT);
  const left = look.beat ? 44 : 276;
  const glow = pen.createRadialGradient(left + 80, 84, 10, left + 80, 84, 150);
  glow.addColorStop(0, light);
  glow.addColorStop(1, wall);
  pen.fillStyle = glow;
  pen.fillRect(left - 60, 0, 280, HEIGHT);
  pen.fillStyle = light;
  pen.fillRect(left, 18, 160, 150);
  // The shadow of a branch on the paper.
  stroke(pen, `${wood}40`, 3, () => {
    const sway = Math.sin(seconds / 2.3 + look.beat) * 5;
    pen.moveTo(left + 160, 40);
    pen.quadraticCurveTo(left + 110 + sway, 70, left + 50 + sway, 62);
    pen.moveTo(left + 120 + sway, 58);
    pen.quadraticCurveTo(left + 96 + sway, 92, left + 84 + sway, 112);
  });
  stroke(pen, wood, 3, () => {
    for (const x of [0, 32, 64, 96, 128, 160]) {
      pen.moveTo(left + x, 18);
      pen.lineTo(left + x, 168);
    }
    for (const y of [18, 34, 93, 152, 168]) {
      pen.moveTo(left, y);
      pen.lineTo(left + 160, y);
    }
  });
  stroke(pen, wood, 8, () => pen.rect(left - 4, 14, 168, 158));
}

function drawBody(pen, { coat, collar, skin }) {
  fill(pen, coat, () => {
    pen.moveTo(60, HEIGHT);
    pen.bezierCurveTo(70, 222, 130, 206, 196, 200);
    pen.lineTo(284, 200);
    pen.bezierCurveTo(350, 206, 410, 222, 420, HEIGHT);
  });
  fill(pen, skin, () => pen.roundRect(214, 168, 52, 52, 20));
  // The collar of a hanbok crosses before the chest.
  stroke(pen, collar, 12, () => {
    pen.moveTo(208, 198);
    pen.lineTo(262, HEIGHT);
    pen.moveTo(272, 198);
    pen.lineTo(236, 244);
  });
}

function drawHair(pen, { hair, beat }, x, y) {
  if (beat) {
    fill(pen, hair, () => pen.ellipse(x, y - 28, 64, 52, 0, 0, TURN));
    return;
  }
  fill(pen, hair, () => pen.ellipse(x, y - 14, 68, 70, 0, 0, TURN));
  fill(pen, hair, () => pen.ellipse(x, y - 84, 26, 20, 0, 0, TURN));
  stroke(pen, '#c9573b', 5, () => {
    pen.moveTo(x - 38, y - 96);
    pen.lineTo(x + 38, y - 82);
  });
}

function drawEyes(pen, { hair }, x, y, gaze, isBlinking) {
  for (const side of [-22, 22]) {
    if (isBlinking) {
      stroke(pen, hair, 3, () => pen.arc(x + side, y - 2, 7, 0.2, Math.PI - 0.2));
      continue;
    }
    fill(pen, hair, () => pen.ellipse(x + side + gaze, y - 2, 5, 6.5, 0, 0, TURN));
    fill(pen, '#ffffffcc', () => pen.ellipse(x + side + gaze + 1.8, y - 4.5, 1.6, 1.8, 0, 0, TURN));
  }
  stroke(pen, hair, 3, () => {
    for (const side of [-22, 22]) {
      pen.moveTo(x + side - 9, y - 17);
      pen.quadraticCurveTo(x + side, y - 22, x + side + 9, y - 17);
    }
  });
}

function drawMouth(pen, { hair }, x, y, open) {
  if (open < 0.15) {
    stroke(pen, hair, 3, () => pen.arc(x, y + 24, 13, 0.35, Math.PI - 0.35));
    return;
  }
  fill(pen, '#7a2f2a', () => pen.ellipse(x, y + 33, 10, 2 + open * 8, 0, 0, TURN));
}

/**
 * Draws one frame.
 * @param seconds the time of the picture; the same time gives the same picture
 * @param isTalking moves the mouth
 */
export function drawFace(pen, look, seconds, isTalking) {
  const { skin, cheek, hair, beat } = look;
  const time = seconds + beat;
  const x = ROOM / 2 + Math.sin(time / 1.7) * 6;
  const y = 124 + Math.sin(time / 1.1) * 3;
  const gaze = Math.round(Math.sin(time / 3.1) * 1.6) * 2.5;
  pen.setTransform(1, 0, 0, 1, (WIDTH - ROOM) / 2, 0);
  drawRoom(pen, look, seconds);
  drawBody(pen, look);
  drawHair(pen, look, x, y);
  fill(pen, skin, () => {
    pen.ellipse(x - 56, y + 2, 9, 13, 0, 0, TURN);
    pen.ellipse(x + 56, y + 2, 9, 13, 0, 0, TURN);
  });
  fill(pen, skin, () => pen.ellipse(x, y + 4, 55, 60, 0, 0, TURN));
  // Hair over the forehead.
  fill(pen, hair, () => {
    pen.moveTo(x - 56, y - 8);
    pen.bezierCurveTo(x - 54, y - 66, x + 54, y - 66, x + 56, y - 8);
    pen.bezierCurveTo(x + 40, y - (beat ? 40 : 30), x + 6, y - 40, x - (beat ? 6 : 2), y - 46);
    pen.bezierCurveTo(x - 20, y - 36, x - 46, y - 34, x - 56, y - 8);
  });
  for (const side of [-34, 34]) fill(pen, `${cheek}88`, () => pen.ellipse(x + side, y + 20, 11, 7, 0, 0, TURN));
  drawEyes(pen, look, x, y, gaze, (time * 1.3) % 5 < 0.16);
  stroke(pen, cheek, 3, () => {
    pen.moveTo(x + 1, y + 4);
    pen.quadraticCurveTo(x + 6, y + 14, x - 1, y + 15);
  });
  drawMouth(pen, look, x, y, isTalking ? Math.abs(Math.sin(time * 7) * Math.sin(time * 2.3)) : 0);
}
