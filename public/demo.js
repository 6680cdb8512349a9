/**
 * The page's own conveniences: an address for each room, invitations, copying. The elements need none
 * of it; between themselves they get along by `for`.
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

/** Names the room wherever the page speaks of it. */
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

// An invited guest: the room stands in the markup before the elements come to life.
if (roomInAddress()) {
  for (const element of [chat, call]) element.setAttribute('room', roomInAddress());
  nameRoom(roomInAddress());
}
addEventListener('popstate', () => enter(roomInAddress()));

// The list carries its choice to `for` by itself; only the address and the title follow here.
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

/** Copies, and says so; where the clipboard is closed (no secure context), shows what to copy, selected. */
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
  // innerText leaves out the colours that were not chosen.
  button.addEventListener(
    'click',
    () => void copy(document.getElementById(button.dataset.copy).innerText.trim(), 'Copied.'),
  );
}
document
  .querySelector('[data-copy-invitation]')
  .addEventListener(
    'click',
    () => void copy(addressOf(roomInAddress()).href, 'Invitation copied. Whoever opens it comes to this room.'),
  );
