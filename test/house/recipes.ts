/**
 * The recipes of the documents are files of the apps that `test/frameworks` runs. A comment names the file, and the
 * code block below the comment is the text of the file:
 *
 *   <!-- test/frameworks/apps/react/call.tsx -->
 *
 * `npm run recipes` writes the blocks, so that a recipe cannot differ from what the tests run.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { read, root } from './syntax.ts';

/** The document with the recipes. */
export const DOCUMENT = 'components/frameworks.md';

/** A comment that names a file, and the block below it. The block may still be missing. */
const RECIPE = /^<!-- (test\/frameworks\/apps\/\S+) -->\n(?:\n*(`{3,})\w*\n.*?^\2\n)?/gms;

/** Languages of code blocks whose name differs from the ending of the file. */
const LANGUAGES: Record<string, string> = { mjs: 'js' };

function blockOf(path: string): string {
  const ending = path.split('.').at(-1)!;
  const text = read(path).trim();
  return `<!-- ${path} -->\n\n\`\`\`${LANGUAGES[ending] ?? ending}\n${text}\n\`\`\`\n`;
}

/** Returns `text` with the current text of each recipe, and the paths of all recipes in it. */
export function includeRecipes(text: string): { text: string; paths: string[] } {
  const paths: string[] = [];
  const included = text.replace(RECIPE, (_, path: string) => {
    paths.push(path);
    return blockOf(path);
  });
  return { text: included, paths };
}

/** Paths of the recipes in the apps: every file whose name ends in `call`, in any language. */
export function recipesOfApps(): string[] {
  const home = 'test/frameworks/apps';
  return (
    readdirSync(join(root, home), { recursive: true, encoding: 'utf8' })
      .filter((path) => /(?:^|[/-])call(?:\.component)?\.\w+$/.test(path))
      // Tools of the frameworks write into these folders.
      .filter((path) => !/(?:^|\/)(?:\.|node_modules\/|dist\/|build\/)/.test(path))
      .map((path) => `${home}/${path}`)
      .toSorted()
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(join(root, DOCUMENT), includeRecipes(read(DOCUMENT)).text);
}
