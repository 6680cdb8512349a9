/**
 * What this page adds to the elements: an address for each room, links to invite people, and copy buttons.
 * The elements work without it. They find each other by `for`.
 */
const call = document.querySelector('video-call');
const chat = document.querySelector('chat-room');
const list = document.querySelector('room-list');
const told = document.querySelector('#told');
const pageTitle = document.title;

const roomInAddress = () => new URL(location.href).searchParams.get('room')?.trim() ?? '';

const addressOf = (room) => {
  const url = new URL('./', location.href);
  if (room) url.searchParams.set('room', room);
  return url;
};

/** Shows the room's name in the header, in the title and in the list. */
const nameRoom = (room) => {
  document.querySelector('#room-name').textContent = room;
  document.title = room ? `${room} · sarangbang` : pageTitle;
  list.selected = room;
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
addEventListener('popstate', () => enter(roomInAddress()));

// The list sets the room of its `for` targets by itself. Only the address and the title follow here.
document.addEventListener('room-select', (event) => {
  if (!event.defaultPrevented) goTo(event.room);
});
call.addEventListener('room-change', (event) => goTo(event.room));

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-room], a[data-leave]');
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const room = link.dataset.room ?? '';
  goTo(room);
  enter(room);
});

let silence;
const tell = (text, forMs = 2_500) => {
  told.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => (told.textContent = ''), forMs);
};

/** Copies a text and shows `said`. Where no clipboard is available (no secure context), shows the text selected. */
const copy = async (text, said) => {
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

for (const button of document.querySelectorAll('[data-copy]')) {
  // `innerText` leaves out the hidden lines of the themes that are not chosen.
  button.addEventListener(
    'click',
    () => void copy(document.getElementById(button.dataset.copy).innerText.trim(), 'Copied.'),
  );
}
document
  .querySelector('[data-copy-invitation]')
  .addEventListener(
    'click',
    () => void copy(addressOf(roomInAddress()).href, 'Link copied. Anyone who opens it joins this room.'),
  );
