/**
 * Finds the phrases that the project does not write, in comments, documents, titles and strings.
 *
 * Owns the phrases and how a text is read: a sentence may run over several lines of a comment. Does not own which files
 * are read.
 */

export interface Finding {
  readonly line: number;
  readonly rule: string;
  readonly words: string;
}

/** Stands where no sentence goes on: between a comment and code, two cells of a table, two paragraphs. */
const BREAK = '¶';

/**
 * Words after which "who" is no relative clause with a subject. "Knows who", "tells who" and "shows who" are questions.
 */
const BEFORE_HEADLESS =
  'of|to|for|with|by|from|than|that|is|are|as|when|where|what|if|not|how|lets|in|at|before|after|until';

/** "And who" goes on with an earlier "who" or "whose"; without one it has no noun, except in a list. */
const JOINED = '(?<!\\bwho(?:se|m)?\\b[^.;¶]*|, )\\b(?:and|or|but) ';

/** A verb within the next words: then ", for" begins a reason. */
const REASON_VERB =
  '(?:is|are|was|were|has|have|had|will|would|can|cannot|could|may|might|must|need|needs|does|do|did|stands|knows)';

const RULES: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'whoever', pattern: /\bwho(?:m|se)?ever\b/gi },
  { name: 'anew', pattern: /\banew\b/gi },
  {
    name: '"is another" for "changes"',
    pattern:
      /(?<!\bthere )\b(?:is|are) (?:another|others)(?: ones?)?(?=[.,;:!?)¶]|$| (?:than|now|and|or|when|by|after)\b)/gi,
  },
  {
    name: 'who without a noun',
    // A sentence with a question mark is a question, and so is "who may see whom".
    pattern: new RegExp(
      `(?:(?:^|[.:;!?¶] +)["'\`*]?|["'\`](?=who )|\\b(?:${BEFORE_HEADLESS}) |${JOINED})` +
        'who (?=[a-z])(?!else )(?![^.;¶]*(?:\\?|\\bwhom\\b))',
      'gi',
    ),
  },
  { name: "one's", pattern: /(?<!\b(?:no|each|this|that|other|another|either) )\bone[’']s (?=\w)/gi },
  {
    name: '", for" for "because"',
    pattern: new RegExp(
      `, for (?:(?:it|they|he|she|we|there|nobody|somebody|nothing|one) |` +
        '(?!example|instance)(?:(?!that\\b|which\\b|who\\b|whose\\b|where\\b|when\\b|if\\b)' +
        `[\\w'’\`-]+ ){1,5}${REASON_VERB}\\b)`,
      'gi',
    ),
  },
  { name: '"goes before" for "takes precedence over"', pattern: /\bgo(?:es)? before\b/gi },
];

/** The text as sentences, and the line of each character. */
function toSentences(text: string, isMarkdown: boolean): { prose: string; lineAt: (index: number) => number } {
  const starts: number[] = [];
  let prose = '';
  let wasComment = false;
  for (const line of text.split('\n')) {
    const [, opening = '', leader = '', rest = ''] =
      /^\s*(\/\*\*?)?\s*(\*(?!\/)|\/\/|--|#+|>|-)?\s?(.*)$/.exec(line) ?? [];
    const isComment = opening !== '' || leader !== '';
    const isHeading = isMarkdown && leader.startsWith('#');
    const goesOn = opening === '' && rest !== '' && (isMarkdown ? leader !== '-' : isComment && wasComment);
    prose += goesOn ? ' ' : ` ${BREAK} `;
    starts.push(prose.length);
    // Inside a line, a comment after code and a cell of a table begin something of their own.
    if (!isHeading) prose += rest.replace(/\s\/\/\s|\s\|\s|\*\//g, ` ${BREAK} `);
    wasComment = isComment && !rest.endsWith('*/');
  }
  return { prose, lineAt: (index) => Math.max(1, starts.findLastIndex((start) => start <= index) + 1) };
}

export function findPhrases(text: string, path = ''): Finding[] {
  const { prose, lineAt } = toSentences(text, path.endsWith('.md'));
  return RULES.flatMap(({ name, pattern }) =>
    [...prose.matchAll(pattern)].map((match) => ({
      line: lineAt(match.index + match[0].length),
      rule: name,
      words: prose
        .slice(Math.max(0, match.index - 30), match.index + match[0].length + 40)
        .replaceAll(BREAK, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    })),
  ).toSorted((a, b) => a.line - b.line);
}
