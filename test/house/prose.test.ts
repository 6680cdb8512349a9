/** Checks that no comment, document, title or string has one of the phrases that the project does not write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findPhrases } from './prose.ts';
import { projectFiles, read } from './syntax.ts';

const files = projectFiles().filter(
  (path) =>
    /\.(?:tsx?|mjs|jsx?|md|html|css|lua|yml|conf|service|sh|vue|svelte|astro)$/.test(path) &&
    // The rules and their tests quote what they forbid.
    !path.startsWith('test/house/prose.'),
);

/** For each rule: sentences that it must find, and correct sentences with the same words. */
const SENTENCES: readonly { readonly bad: readonly string[]; readonly good: readonly string[] }[] = [
  {
    bad: ['Whoever comes knocks and waits.', 'The list is for whoever asks.', 'Whomever it finds is told.'],
    good: ['New people must ask to join.', 'The list is for everybody who asks.'],
  },
  {
    bad: ['The page is made anew.', 'Anew: the list.'],
    good: ['The page is made again.', 'The page starts a new list.'],
  },
  {
    bad: [
      '`state` is another one.',
      'Something that a participant shows is another.',
      'They are others than before.',
      'The network is another one, or there is one again.',
      'This Redis is another one after the next connection.',
    ],
    good: [
      '`state` changed.',
      'There is another.',
      'This is another participant.',
      'They are another page of the same person.',
      'Where there are others, they hear it.',
    ],
  },
  {
    bad: [
      'Who takes a knock back is in the lobby again.',
      '// who knocks and goes away',
      "test('who was muted is not heard', () => {});",
      'It goes to who asked for it.',
      'The subject of who wrote it.',
      '/** Nobody but the receivers can keep it from\n * those and who only watches. */',
      'It ended. Who waits hears it.',
      '/**\n * Who may enter one room, and its lock.\n */',
      'The state of a room: who is in it, and its call.',
    ],
    good: [
      'A participant who takes a knock back is in the lobby again.',
      'The server knows who asked.',
      'A table of who may see whom.',
      'It says for how long, and who else learns it.',
      'The list shows who is typing.',
      'A participant whose connection is lost and who may return.',
      '"Who is there?" asks the caller.',
      '/** Removes a participant\n * who left. */',
      "const who = 'kim';",
      'The operator, who restarts the server, sees it.',
    ],
  },
  {
    bad: ["It is one's own microphone.", "One's name in the room."],
    good: ["It is this participant's microphone.", "No one's name is stored.", "This answer is not the other one's."],
  },
  {
    bad: [
      'It is asked again, for it was lost.',
      'It is left, for the server has no more room.',
      '// In place, for\n// it was parsed for us alone.',
      'It waits, for nobody is there.',
    ],
    good: [
      'It is asked again, because it was lost.',
      'It waits, for example when nobody is there.',
      'It is kept for a minute, for a page that is open.',
      'A room is listed, for the first time, when somebody enters.',
      'It is sent at once, for each of the participants.',
    ],
  },
  {
    bad: ['The chosen one goes before any other.'],
    good: ['The chosen one takes precedence over any other.', 'The old camera is released before the new one opens.'],
  },
];

describe('prose', () => {
  test('each phrase is found, and correct English is not', () => {
    for (const { bad, good } of SENTENCES) {
      for (const sentence of bad) assert.ok(findPhrases(sentence).length > 0, `not found: ${sentence}`);
      for (const sentence of good) assert.deepEqual(findPhrases(sentence), [], sentence);
    }
  });

  test('a phrase is told with its line', () => {
    assert.deepEqual(
      findPhrases('/**\n * One line.\n * The next is made\n * anew.\n */').map(({ line }) => line),
      [4],
    );
  });

  test('no text has one', { skip: files.length === 0 ? 'not a git checkout' : false }, () => {
    assert.ok(files.length > 300);
    const found = files.flatMap((path) =>
      findPhrases(read(path), path).map(({ line, rule, words }) => `${path}:${line}: [${rule}] ${words}`),
    );
    assert.deepEqual(found, []);
  });
});
