/**
 * Writes dist/custom-elements.json: what a page can set, call, hear, fill and style on the four elements.
 *
 * It is read out of their sources and docblocks, so there is nothing to keep up by hand. Two things the
 * analyzer cannot see are added: the tag name behind a guarded definition, and the class of each event
 * (`@fires room-select` is a `RoomSelectEvent`).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { create, ts } from '@custom-elements-manifest/analyzer';
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export const TAG_NAMES = ['room-list', 'chat-room', 'video-call', 'device-picker'];

const classNameOf = (tagName) => tagName.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

/** Names of the event classes by the names of their events. */
function readEventClasses() {
  const text = readFileSync(join(root, 'components/events.ts'), 'utf8');
  const pattern = /class (\w+) extends Event \{\s+static readonly eventName = '([\w-]+)'/g;
  return new Map([...text.matchAll(pattern)].map(([, className, eventName]) => [eventName, className]));
}

/** Leaves what is public of an element, under its tag name. */
function publicSurface(eventClasses) {
  const isPublic = (member) =>
    !member.static && member.privacy !== 'private' && member.privacy !== 'protected' && !member.name.startsWith('#') && member.inheritedFrom === undefined;
  return {
    name: 'public-surface',
    packageLinkPhase({ customElementsManifest }) {
      for (const module of customElementsManifest.modules) {
        const tagName = TAG_NAMES.find((name) => module.path.endsWith(`/${name}.ts`));
        const declaration = module.declarations.find(({ name }) => tagName && name === classNameOf(tagName));
        module.declarations = declaration ? [declaration] : [];
        module.exports = module.exports.filter(({ name }) => name === declaration?.name);
        module.path = `dist/npm/${tagName}.js`;
        if (!declaration) continue;
        Object.assign(declaration, { tagName, customElement: true });
        module.exports.push({ kind: 'custom-element-definition', name: tagName, declaration: { name: declaration.name, module: module.path } });
        declaration.members = declaration.members?.filter(isPublic);
        // The analyzer takes the first argument of a dispatched class of ours for the event's name; its docblock tells the real one.
        declaration.events = declaration.events?.filter(({ name }) => eventClasses.has(name)).map((event) => ({ ...event, type: { text: eventClasses.get(event.name) } }));
      }
      customElementsManifest.modules = customElementsManifest.modules.filter(({ declarations }) => declarations.length > 0);
    },
  };
}

/** The manifest of the sources as they are now. */
export function createManifest() {
  const paths = TAG_NAMES.map((name) => `components/${name}/${name}.ts`).filter((path) => existsSync(join(root, path)));
  const modules = paths.map((path) => ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2022, true));
  return create({ modules, plugins: [...litPlugin(), publicSurface(readEventClasses())], context: { dev: false } });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'dist/custom-elements.json'), `${JSON.stringify(createManifest(), null, 2)}\n`);
}
