/**
 * The four looks. Each is a stylesheet that anybody could write: custom properties, parts and states of the elements.
 *
 * Owns which look is worn. All four sheets are loaded before one is chosen, so that choosing takes one repaint, and
 * nothing on the page is made again. Does not own what a look contains (see `looks/`).
 */
const KEY = 'sarangbang-look';
const choices = [...document.querySelectorAll('[name="look"]')];
const code = document.querySelector('#look-css code');
const file = document.querySelector('#look-file');
const root = document.documentElement;
/** The colours around the page in some browsers, each with that of the page's own look. */
const tints = [...document.querySelectorAll('[name="theme-color"]')].map((tint) => [tint, tint.content]);

const addressOf = (look) => `looks/${look}.css`;

/** A sheet for no medium is loaded and changes nothing. */
const sheets = new Map(
  choices.map(({ value }) => {
    const sheet = document.createElement('link');
    const loaded = new Promise((resolve) => sheet.addEventListener('load', resolve, { once: true }));
    Object.assign(sheet, { rel: 'stylesheet', media: 'not all', href: addressOf(value) });
    document.head.append(sheet);
    return [value, { sheet, loaded }];
  }),
);

const remembered = () => {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
};

let worn = '';

async function wear(look) {
  worn = look;
  const { loaded } = sheets.get(look);
  await loaded;
  if (worn !== look) return;
  for (const [name, { sheet }] of sheets) sheet.media = name === look ? 'all' : 'not all';
  root.dataset.look = look;
  const isOwn = look === choices[0].value;
  const { backgroundColor } = getComputedStyle(document.body);
  for (const [tint, own] of tints) tint.content = isOwn ? own : backgroundColor;
  file.href = addressOf(look);
  file.textContent = addressOf(look);
  const text = await (await fetch(addressOf(look))).text();
  if (worn === look) code.textContent = text.trim();
}

export function start() {
  for (const choice of choices)
    choice.addEventListener('change', () => {
      try {
        localStorage.setItem(KEY, choice.value);
      } catch {
        // The next visit begins with the first look.
      }
      void wear(choice.value);
    });
  const before = choices.find(({ value }) => value === remembered());
  if (before) before.checked = true;
  return wear((before ?? choices[0]).value);
}
