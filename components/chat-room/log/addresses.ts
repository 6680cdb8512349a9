/**
 * Finds where an address in a text ends.
 *
 * An address ends at a blank, at a mark or quote of any script, or at a bracket that it did not open. It also ends
 * where a Latin letter or a digit is followed by an emoji or a letter of another script. After `/ = & ? # - _ . (` and
 * similar signs such letters belong to the address. Does not decide which addresses are safe to follow.
 */

const SCHEME = /(?<![\p{sc=Latin}\p{Nd}])(?:https?:\/\/|mailto:)/giu;
const NESTED = /(?:https?:\/\/|mailto:)/iy;

/** ASCII characters that end an address: blanks, control characters, quotes, brackets of markup and `|`. */
const ENDS = /[\0- \x7f"<>`|\\]/;
/** Letters, marks and digits of all scripts, and emoji with flags and skin tones. */
const SIGN = /[\p{L}\p{M}\p{N}\p{ExtPict}\p{RI}\p{EMod}]/u;
const LATIN = /[\p{sc=Latin}\p{sc=Inherited}\d]/u;
const JOINER = /[\u200c\u200d]/;
/** Marks that stand inside names of pages, for example in titles of an encyclopedia. */
const CONNECTOR = /[\u00b7\u2013\u30fb]/;
/** After one of these, a letter of any script continues the address. */
const LEADS = /[/=&?#\-_.([{+~@]$|%[\da-f]{2}$/i;
const SENTENCE = ".,;:!?*'";
/** A bracket must be closed within so many characters to belong to the address. Looking further would cost too much. */
const BRACKET_CHARACTERS = 100;

/** The closing bracket for each opening one, and '' for each closing one. */
const BRACKETS = new Map<string, string>();
for (const pair of ['()', '[]', '{}', '（）', '［］', '｛｝', '「」', '『』', '【】', '《》', '〈〉', '〔〕', '｢｣']) {
  const [opener = '', closer = ''] = pair;
  BRACKETS.set(opener, closer).set(closer, '');
}

/** Top-level domains in other scripts, so that `사랑방.한국에서` ends behind 한국. */
const TOP = new RegExp(
  `^(?:${[
    '한국 닷컴 닷넷 삼성 中国 中國 香港 台湾 台灣 澳門 新加坡 公司 网络 網絡 网址 网站 在线 中文网 商城 商店 集团 世界 企业 信息',
    '游戏 娱乐 公益 政务 机构 みんな コム クラウド ストア セール ファッション ポイント рф бел срб укр мкд қаз мон бг ею ком',
    'онлайн сайт орг дети москва рус भारत संगठन नेट कॉम বাংলা ভারত ভাৰত ਭਾਰਤ ભારત இந்தியா இலங்கை சிங்கப்பூர்',
    'భారత్ ಭಾರತ ഭാരതം ලංකා ไทย คอม გე հայ ελ ευ ישראל קום الاردن الجزائر السعودية المغرب امارات ایران بھارت',
    'تونس سورية عراق عمان فلسطين قطر مصر مليسيا پاکستان موقع شبكة كوم عرب',
  ]
    .join(' ')
    .replaceAll(' ', '|')})`,
  'u',
);

/** The length of the longest possible host name. */
const HOST_CHARACTERS = 253;
const LABELS = /[\u200c\u200d\p{L}\p{M}\p{N}\p{ExtPict}-]+(?:\.[\u200c\u200d\p{L}\p{M}\p{N}\p{ExtPict}-]+)*/uy;

/** An address that was found in a text, and its position. */
export interface FoundAddress {
  readonly index: number;
  readonly address: string;
}

function matchAt(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? '';
}

/**
 * Removes the marks at the end of an address. Tries once for each run of marks, because once for each mark would be
 * slow.
 */
const withoutMarks = (address: string, marks: string): string =>
  address.replace(new RegExp(`(?<![${marks}])[${marks}]+$`), '');

const isForeign = (sign: string): boolean => SIGN.test(sign) && !LATIN.test(sign);

/** The labels that are really a host. A word of another script after the top-level label belongs to the sentence. */
function hostOf(labels: string): string {
  const all = labels.split('.');
  const last = all.at(-1) ?? '';
  const beginsWithTop = (label: string) => !isForeign([...label][0] ?? '') || TOP.test(label);
  for (const [index, label] of all.entries()) {
    const foreign = [...label].findIndex(isForeign);
    if (foreign < 0) continue;
    const isLast = index === all.length - 1;
    const before = all.slice(0, index);
    const up = (end: string) => [...before, end].join('.');
    const ascii = [...label].slice(0, foreign).join('');
    if (ascii && (index > 0 || isLast)) return up(ascii);
    if (index === 0) continue;
    const top = TOP.exec(label)?.[0];
    if (isLast && top) return up(top);
    const behindAscii = before.every((one) => ![...one].some(isForeign));
    if (behindAscii && (isLast || !beginsWithTop(last))) return before.join('.');
  }
  return labels;
}

/** The end of the address that begins at `start`, before the marks of a sentence are removed. */
function endOf(text: string, start: number, scheme: string): number {
  const quote = text[start - 1] === "'" ? "'" : '';
  const open: { closer: string; index: number }[] = [];
  let index = start + scheme.length;
  if (scheme.includes('/')) {
    const run = matchAt(LABELS, text, index);
    const labels = text.startsWith('://', index + run.length) ? run.replace(/\.?https?$/i, '') : run;
    const host = labels.length > HOST_CHARACTERS ? '' : hostOf(labels);
    index += host.length;
    if (host.length < labels.length) return index;
  }
  let last = [...text.slice(start, index)].at(-1) ?? '';
  while (index < text.length) {
    const sign = String.fromCodePoint(text.codePointAt(index) ?? 0);
    const behind = text[index + sign.length] ?? '';
    if (index - (open[0]?.index ?? index) > BRACKET_CHARACTERS) break;
    if (/[hm]/i.test(sign) && matchAt(NESTED, text, index) && !/[/=?#]/.test(last)) break;
    const closer = BRACKETS.get(sign);
    if (closer) {
      if (sign > '\x7f' && !isForeign(last)) break;
      open.push({ closer, index });
    } else if (closer === '') {
      if (open.at(-1)?.closer !== sign) break;
      open.pop();
    } else if (sign <= '\x7f') {
      if (ENDS.test(sign) || sign === quote) break;
    } else if (isForeign(sign)) {
      const isWithin = isForeign(last) || JOINER.test(last) || CONNECTOR.test(last) || Boolean(BRACKETS.get(last));
      if (index > start + scheme.length && !isWithin && !LEADS.test(text.slice(index - 3, index))) break;
    } else if (JOINER.test(sign) || CONNECTOR.test(sign)) {
      const next = String.fromCodePoint(text.codePointAt(index + sign.length) ?? 0);
      const isWithin = behind !== '' && SIGN.test(next) && isForeign(next) === isForeign(last) && SIGN.test(last);
      if (!isWithin || (JOINER.test(sign) && !isForeign(last))) break;
    } else if (!SIGN.test(sign)) break;
    index += sign.length;
    last = sign;
  }
  return open[0]?.index ?? index;
}

/** Every possible address in `text`, in order. None of them lies inside another one. */
export function findAddresses(text: string): FoundAddress[] {
  const found: FoundAddress[] = [];
  let from = 0;
  for (;;) {
    SCHEME.lastIndex = from;
    // Directly after an address, the next one may begin without a blank.
    const adjoining = from > 0 ? matchAt(NESTED, text, from) : '';
    const match = adjoining ? null : SCHEME.exec(text);
    if (!match && !adjoining) return found;
    const scheme = match?.[0] ?? adjoining;
    const index = match?.index ?? from;
    const whole = text.slice(index, endOf(text, index, scheme));
    // If emphasis (`_` or `~`) begins before the address, it ends after the address.
    const emphasis = /[_~]/.test(text[index - 1] ?? '') ? (text[index - 1] ?? '') : '';
    const address = withoutMarks(whole, SENTENCE + emphasis);
    if (address.length > scheme.length) found.push({ index, address });
    from = index + Math.max(address.length, scheme.length);
  }
}
