/**
 * What the page shows and offers beside a call: the queue of raised hands, the call in a small window, sounds, push to
 * talk, and a check of the connection.
 *
 * Owns these places of the page. The call does the work: the page listens to its events and calls its methods.
 */
const KEY = 'sarangbang-options';
const hands = document.querySelector('#hands');
const along = document.querySelector('.along');
const button = document.querySelector('#check');
const found = document.querySelector('#found');
const options = [...document.querySelectorAll('[data-option]')];

/** The options of an earlier visit, where the browser keeps them. */
const remembered = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
};

const remember = (chosen) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // The next visit begins without them.
  }
};

/** Shows who wants to speak, the first one first. */
function showHands({ participants }) {
  const raised = participants.filter(({ hand }) => hand).toSorted((one, other) => one.handPlace - other.handPlace);
  hands.replaceChildren(
    ...raised.map(({ displayName }) => {
      const name = Object.assign(document.createElement('bdi'), { textContent: displayName });
      const item = document.createElement('li');
      item.append(name);
      return item;
    }),
  );
  hands.parentElement.hidden = raised.length === 0;
}

/** One sentence about the network, and one more where a device does not work. */
async function check(call, words) {
  button.disabled = true;
  found.textContent = words.checking;
  try {
    const { network, microphone, camera } = await call.checkConnection();
    const works = [microphone, camera].every((device) => device === 'ok');
    found.textContent = works ? words[network] : `${words[network]} ${words.deviceTrouble}`;
  } catch ({ message }) {
    found.textContent = message;
  }
  button.disabled = false;
}

export function start({ call, words }) {
  call.addEventListener('hand-change', () => showHands(call));
  // A frame may not open such a window, and some browsers have none.
  along.hidden = !('documentPictureInPicture' in window) || window !== top;
  const chosen = remembered();
  for (const option of options) {
    const { option: name } = option.dataset;
    call[name] = option.checked = chosen[name] === true;
    option.addEventListener('change', () => {
      call[name] = chosen[name] = option.checked;
      remember(chosen);
    });
  }
  button.addEventListener('click', () => void check(call, words));
  document.querySelector('#devices').addEventListener('toggle', () => (found.textContent = ''));
}
