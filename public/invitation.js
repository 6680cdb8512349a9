/**
 * The invitation to a room: its address to copy, to share, and as a QR code for the phone that lies beside.
 *
 * Owns what the popover shows. A phone opens a camera only on a page of `https:`. So on other pages the popover says
 * how to get such an address, instead of a code that leads nowhere.
 */
import { drawCode } from './qr-code.js';

const popover = document.querySelector('#invitation');
const picture = document.querySelector('#code-picture');
const share = document.querySelector('#share-invitation');
const copyButton = document.querySelector('#copy-invitation');

const isThisMachine = /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(location.hostname);
const reachesPhones = location.protocol === 'https:' && !isThisMachine;

/** A name that nobody has, for the first room of a person and the phone. */
const newRoom = () => `maru-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36).slice(-5)}`;

export function start({ call, words, roomInAddress, addressOf, goTo, enter, copy }) {
  popover.querySelector('.reachable').hidden = !reachesPhones;
  popover.querySelector('.unreachable').hidden = reachesPhones;
  for (const host of document.querySelectorAll('[data-host]')) host.textContent = `localhost:${location.port || 80}`;
  share.hidden = !navigator.share;
  // The empty seat of the call shows the code as well.
  if (reachesPhones) call.setAttribute('invitation', '');
  popover.addEventListener('beforetoggle', ({ newState }) => {
    if (newState !== 'open') return;
    if (!roomInAddress() && reachesPhones) {
      const room = newRoom();
      goTo(room);
      enter(room);
    }
    const room = roomInAddress();
    popover.querySelector('.buttons').hidden = !room;
    if (reachesPhones) picture.replaceChildren(drawCode(addressOf(room).href));
  });
  copyButton.addEventListener('click', () => void copy(addressOf(roomInAddress()).href, words.linkCopied));
  share.addEventListener('click', () => {
    // A person who closes the browser's sheet has changed their mind.
    navigator.share({ url: addressOf(roomInAddress()).href }).catch(() => {});
  });
}
