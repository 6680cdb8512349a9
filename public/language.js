/**
 * The language of the page: the browser's, or the one that a person chose here. English stands in the page itself, and
 * Korean in `korean.js`. The elements follow the attribute `lang` by themselves.
 *
 * Owns the texts of the page and which language they have. Does not own the texts of the elements.
 */
const KEY = 'sarangbang-page-language';
const button = document.querySelector('#language');
const places = document.querySelectorAll('[data-text]');
const labels = document.querySelectorAll('[data-label]');
/** The English of each place, as it stood in the page. */
const english = new Map([...places].map((place) => [place, [...place.childNodes]]));
const englishLabels = new Map([...labels].map((place) => [place, place.getAttribute('aria-label')]));

/** A choice of an earlier visit, where the browser keeps it. */
const remembered = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

const remember = (language) => {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // The next visit begins in the browser's language.
  }
};

/** The nodes of a text in which code stands between two backticks. */
const nodesOf = (text) =>
  text.split('`').map((piece, index) => {
    if (index % 2 === 0) return piece;
    return Object.assign(document.createElement('code'), { textContent: piece });
  });

export async function start({ words, rename }) {
  const englishWords = { ...words };
  let language = 'en';

  const speak = async (wanted) => {
    const korean = wanted === 'ko' ? await import('./korean.js') : null;
    language = wanted;
    document.documentElement.lang = wanted;
    for (const place of places) {
      const text = korean?.texts[place.dataset.text];
      place.replaceChildren(...(text ? nodesOf(text) : english.get(place)));
    }
    for (const place of labels)
      place.setAttribute('aria-label', korean?.texts[place.dataset.label] ?? englishLabels.get(place));
    // English has no hosts of its own here: `porch.js` has them.
    Object.assign(words, { hosts: undefined }, korean?.words ?? englishWords);
    button.lang = wanted === 'ko' ? 'en' : 'ko';
    button.textContent = wanted === 'ko' ? 'English' : '한국어';
    rename();
  };

  button.addEventListener('click', () => {
    remember(language === 'ko' ? 'en' : 'ko');
    void speak(language === 'ko' ? 'en' : 'ko');
  });
  const wanted = remembered() ?? navigator.languages[0] ?? 'en';
  if (wanted.startsWith('ko')) await speak('ko');
}
