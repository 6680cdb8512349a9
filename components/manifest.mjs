/**
 * Writes components/dist/custom-elements.json: what a page can set, call, hear, fill and style on the four elements. And what is
 * made of it: data for editors, and declarations for frameworks.
 *
 * It is read out of their sources and docblocks, so there is nothing to keep up by hand. What the analyzer cannot see
 * is added: the tag name behind a guarded definition, the class of each event (`@fires room-select` is a
 * `RoomSelectEvent`), and what names of types stand for.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { create } from '@custom-elements-manifest/analyzer';
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js';
import { createDeclarations } from './manifest/framework-types.mjs';
import { createHtmlData, createWebTypes } from './manifest/editor-data.mjs';
import { describeEventType, describeMembers, sourceOf } from './manifest/manifest-types.mjs';

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
    !member.static &&
    member.privacy !== 'private' &&
    member.privacy !== 'protected' &&
    !member.name.startsWith('#') &&
    member.inheritedFrom === undefined;
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
        module.exports.push({
          kind: 'custom-element-definition',
          name: tagName,
          declaration: { name: declaration.name, module: module.path },
        });
        declaration.members = declaration.members?.filter(isPublic);
        // The analyzer takes the first argument of a dispatched class of ours for the event's name; its docblock tells the real one.
        declaration.events = declaration.events
          ?.filter(({ name }) => eventClasses.has(name))
          .map((event) => ({ ...event, type: describeEventType(eventClasses.get(event.name)) }));
        describeMembers(declaration, sourceOf(`components/${tagName}/${tagName}.ts`));
      }
      customElementsManifest.modules = customElementsManifest.modules.filter(
        ({ declarations }) => declarations.length > 0,
      );
    },
  };
}

/** The manifest of the sources as they are now. */
export function createManifest() {
  const paths = TAG_NAMES.map((name) => `components/${name}/${name}.ts`).filter((path) => existsSync(join(root, path)));
  return create({
    modules: paths.map(sourceOf),
    plugins: [...litPlugin(), publicSurface(readEventClasses())],
    context: { dev: false },
  });
}

/** Everything that is made of the manifest: contents by their paths below `dist`. */
export function createOutputs(manifest = createManifest()) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'components/package.json'), 'utf8'));
  const toJson = (value) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'custom-elements.json': toJson(manifest),
    'web-types.json': toJson(createWebTypes(manifest, { name, version })),
    'html-custom-data.json': toJson(createHtmlData(manifest)),
    ...createDeclarations(manifest),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dist = join(root, 'components/dist');
  for (const [path, content] of Object.entries(createOutputs())) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), content);
  }
}
