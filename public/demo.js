/**
 * What this page adds to the elements: an address for each room, a way back into a call that was left by accident, the
 * title, and the room that lives in this page. The elements work without it. They find each other by `for`.
 *
 * Imports nothing, because the elements wait for this file. What a call does not need loads behind it.
 */
const call = document.querySelector('#call');
const chat = document.querySelector('#chat');
const list = document.querySelector('room-list');
const told = document.querySelector('#told');
const chatTab = document.querySelector('#chat-tab');

/** How long the way back into a call is offered, in milliseconds. */
const REJOIN_MS = 5_000;

const roomInAddress = () => new URL(location.href).searchParams.get('room')?.trim() ?? '';

const addressOf = (room) => {
  const url = new URL('./', location.href);
  if (room) url.searchParams.set('room', room);
  return url;
};

/** Sentences of this file, in English until the page has another language. */
const words = {
  title: document.title,
  copied: 'Copied.',
  linkCopied: 'Link copied. Anyone who opens it joins this room.',
  left: (room) => `You left the call in ${room}.`,
  rejoin: 'Rejoin',
  knocks: (count) => `${count} asking to join`,
  checking: 'Checking…',
  direct: 'The connection works.',
  relay: 'The connection works, through a relay.',
  blocked: 'No path to others was found. Try a different network.',
  deviceTrouble: 'Look at microphone and camera: “Check connection” in the menu of the call says more.',
};

/** Shows the room's name in the header and in the list; in the title beside what waits for this person. */
const nameRoom = (room) => {
  const unread = chat.unreadCount || 0;
  const knocks = call.waiting?.length || 0;
  const news = [...(unread ? [`(${unread})`] : []), ...(knocks ? [`${words.knocks(knocks)} ·`] : [])];
  document.querySelector('#room-name').textContent = room;
  document.querySelector('#unread').textContent = unread || '';
  document.title = room ? [...news, `${room} · sarangbang`].join(' ') : words.title;
  list.selected = room;
  // A person who came back by another way needs no way back. It would lie over *Join* and *Leave*.
  if (told.querySelector('button')?.value === room) told.replaceChildren();
};

const closePopovers = () => {
  for (const open of document.querySelectorAll(':popover-open')) open.hidePopover();
};

const enter = (room) => {
  for (const element of [chat, call]) element.room = room;
  nameRoom(room);
};

const goTo = (room) => {
  if (room !== roomInAddress()) history.pushState(null, '', addressOf(room));
  nameRoom(room);
};

// A guest opened a link to a room. It is set as an attribute, because the elements are not defined yet.
if (roomInAddress()) {
  for (const element of [chat, call]) element.setAttribute('room', roomInAddress());
  nameRoom(roomInAddress());
}
addEventListener('popstate', () => {
  if (roomInAddress() !== call.room) enter(roomInAddress());
});

// The list sets the room of its `for` targets by itself. Only the address and the title follow here.
document.addEventListener('room-select', (event) => {
  if (event.defaultPrevented) return;
  closePopovers();
  goTo(event.room);
});
call.addEventListener('room-change', (event) => goTo(event.room));
chat.addEventListener('unread-change', () => nameRoom(roomInAddress()));
for (const type of ['knock', 'knock-end', 'state-change']) call.addEventListener(type, () => nameRoom(roomInAddress()));

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-room], a[data-leave]');
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  closePopovers();
  const room = link.dataset.room ?? '';
  goTo(room);
  enter(room);
});

let silence;
/** Says something at the lower edge, beside `action`, a button, where there is one. */
const tell = (text, forMs = 2_500, action = []) => {
  clearTimeout(silence);
  told.replaceChildren(text, ...action);
  silence = setTimeout(function end() {
    // A person who is about to press the button gets the time to do it.
    if (told.matches(':is(:hover, :focus-within)')) silence = setTimeout(end, 1_000);
    else told.replaceChildren();
  }, forMs);
};

// A link, Back and another room change the room of the elements. What ended a call by accident can be undone.
call.addEventListener('call-leave', ({ room, reason }) => {
  if (reason !== 'room-changed') return;
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', value: room, textContent: words.rejoin });
  button.addEventListener('click', () => {
    goTo(room);
    enter(room);
    // The element shows why it did not get in.
    call.join().catch(() => {});
  });
  tell(words.left(room), REJOIN_MS, [button]);
});

chatTab.addEventListener('click', () => {
  const isOpen = chatTab.getAttribute('aria-expanded') === 'true';
  chatTab.setAttribute('aria-expanded', String(!isOpen));
});

// A keyboard on the screen of a phone covers the page in some browsers. The room then takes the part above it.
visualViewport?.addEventListener('resize', () => {
  const { scale, height } = visualViewport;
  document.documentElement.style.setProperty('--visible', scale === 1 ? `${height}px` : '100dvh');
});

/** Copies a text and shows `said`. Where no clipboard is available (no secure context), shows the text selected. */
const copy = async (text, said = words.copied) => {
  try {
    await navigator.clipboard.writeText(text);
    tell(said);
  } catch {
    tell(text, 20_000);
    getSelection().selectAllChildren(told);
  }
};

for (const origin of document.querySelectorAll('[data-origin]'))
  origin.textContent = new URL('.', location.href).href.slice(0, -1);

for (const button of document.querySelectorAll('[data-copy]'))
  button.addEventListener('click', () => void copy(document.getElementById(button.dataset.copy).innerText.trim()));

/** Elements of the room that lives in this page connect to a stand-in, and all others to their server. */
let house;
const Socket = WebSocket;
globalThis.WebSocket = class extends Socket {
  constructor(address, protocols = []) {
    const standIn = house?.(String(address));
    if (standIn) return standIn;
    super(address, protocols);
  }
};

/** What the files that load late need of this one. */
const page = {
  call,
  chat,
  words,
  roomInAddress,
  addressOf,
  goTo,
  enter,
  copy,
  openHouse: (open) => (house = open),
  rename: () => nameRoom(roomInAddress()),
};

// None of these is missed where it does not load: the page then keeps its language, its look and its closed door.
const load = (file) => import(file).then(({ start }) => start(page), console.warn);
void load('./language.js').then(() =>
  Promise.all(['./looks.js', './invitation.js', './together.js', './porch.js'].map(load)),
);
