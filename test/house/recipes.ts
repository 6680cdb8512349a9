/**
 * The recipes of the README are files of the apps that `test/frameworks` drives. A comment names the file, and the
 * block below it is the file's text:
 *
 *   <!-- test/frameworks/apps/react/call.tsx -->
 *
 * `npm run recipes` writes the blocks.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { read, root } from './syntax.ts';

/** The document that holds them. */
const DOCUMENT = 'components/README.md';

/** A comment that names a file, and the block below it; a comment without a block only names the file. */
const RECIPE = /^<!-- (test\/frameworks\/apps\/\S+) -->\n(?:\n*(`{3,})\w*\n.*?^\2\n)?/gms;

/** Languages of code blocks whose name is not the ending of the file. */
const LANGUAGES: Record<string, string> = { mjs: 'js' };

function blockOf(path: string): string {
  const ending = path.split('.').at(-1)!;
  const text = read(path).trim();
  return `<!-- ${path} -->\n\n\`\`\`${LANGUAGES[ending] ?? ending}\n${text}\n\`\`\`\n`;
}

/** The text with the recipes as the files are now, and the files that it names. */
export function includeRecipes(text: string): { text: string; paths: string[] } {
  const paths: string[] = [];
  const included = text.replace(RECIPE, (_, path: string) => {
    paths.push(path);
    return blockOf(path);
  });
  return { text: included, paths };
}

/** The recipes of the apps: the files whose name ends in `call`, in every language. */
export function recipesOfApps(): string[] {
  const home = 'test/frameworks/apps';
  return (
    readdirSync(join(root, home), { recursive: true, encoding: 'utf8' })
      .filter((path) => /(?:^|[/-])call(?:\.component)?\.\w+$/.test(path))
      // Files that the frameworks' tools write.
      .filter((path) => !/(?:^|\/)(?:\.|node_modules\/|dist\/|build\/)/.test(path))
      .map((path) => `${home}/${path}`)
      .toSorted()
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(join(root, DOCUMENT), includeRecipes(read(DOCUMENT)).text);
}
