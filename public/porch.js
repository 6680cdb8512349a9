/**
 * The room on the first screen. While this page is in no room, a second chat and a second call stand behind the paper
 * door, in a room that lives in the page itself (see `hosts/house.js`).
 *
 * Owns when that room is there: it comes once the page is idle, and goes when a person enters a real one. Nothing asks
 * for a device until the person presses the microphone or the camera.
 */
const inner = document.querySelector('.inner');
const picker = document.querySelector('device-picker');

/** How long the door waits for the first face, in milliseconds. */
const PATIENCE_MS = 4_000;

const ENGLISH = {
  hosts: [
    { id: 'host-mina', name: 'Mina Kim' },
    { id: 'host-jun', name: 'Jun Park' },
  ],
  lines: [
    [0, 'Welcome! This page draws both of us.'],
    [1, 'The call is real. Its pictures stay in your browser.'],
    [0, 'Choose another look below the call. To meet real people, choose a room from the list.'],
  ],
  answers: [
    [1, 'Nice to meet you! Turn your camera on to see yourself here. Nobody else sees you.'],
    [0, 'We are drawings, so we cannot say more. Start a room and send its link to a friend.'],
    [1, 'Press “Neon” below the call. It changes how the whole call looks.'],
  ],
  hand: [0, 'You raised your hand! Where several people do, everybody sees who was first.'],
};

let porch = null;

/** A call that opens no device by itself. What the person turns on is captured as usual. */
function furnish(house) {
  const call = Object.assign(document.createElement('video-call'), {
    id: 'porch-call',
    server: house.HOUSE,
    room: house.ROOM,
    autojoin: true,
    muted: true,
    cameraOff: true,
    constraints: { audio: false, video: false },
    selfView: 'hidden',
    buttons: 'microphone camera hand react more leave',
  });
  const chat = Object.assign(document.createElement('chat-room'), {
    id: 'porch-chat',
    server: house.HOUSE,
    room: house.ROOM,
  });
  inner.querySelector('.call').append(call);
  inner.querySelector('.chat').append(chat);
  // A visitor without a picture would only cover the hosts.
  call.dataset.faceless = '';
  call.addEventListener('camera-change', ({ enabled }) => {
    call.selfView = enabled ? 'floating' : 'hidden';
    if (enabled) delete call.dataset.faceless;
    else call.dataset.faceless = '';
  });
  picker.setAttribute('for', 'porch-call');
  return { call, chat };
}

/** Opens the door when both faces are there, or when they will not come. */
function openDoor({ call }) {
  const open = () => (inner.dataset.door = 'open');
  setTimeout(open, PATIENCE_MS);
  call.addEventListener('tile-shape', open, { once: true });
  call.addEventListener('call-join', () => setTimeout(open, 900), { once: true });
}

async function appear(page) {
  const [house] = await Promise.all([import('./hosts/house.js'), customElements.whenDefined('video-call')]);
  // Without connections there would be nothing but an error behind the door.
  if (porch || page.roomInAddress() || !('RTCPeerConnection' in globalThis)) return;
  const words = page.words.hosts ? page.words : ENGLISH;
  page.openHouse((address) => (address.includes('//house.invalid/') ? new house.HouseSocket(words) : null));
  porch = furnish(house);
  openDoor(porch);
}

function vanish() {
  porch?.call.remove();
  porch?.chat.remove();
  porch = null;
  delete inner.dataset.door;
  picker.setAttribute('for', 'call');
}

export async function start(page) {
  const follow = () => (page.roomInAddress() ? vanish() : appear(page));
  for (const type of ['state-change', 'room-change']) page.call.addEventListener(type, () => void follow());
  addEventListener('popstate', () => void follow());
  await new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve, { timeout: 2_000 }));
  await follow();
}
