/**
 * Writes components/dist/custom-elements.json: what a page can set, call, listen to, fill and style on the four
 * elements. Also writes what is made from it: data for editors, and declarations for frameworks.
 *
 * The manifest is read from the sources and docblocks of the elements, so nothing is maintained by hand. This file adds
 * what the analyzer cannot see: the tag name behind a guarded definition, the class of each event (`@fires room-select`
 * is a `RoomSelectEvent`), the parts that the docblock of an element's view names, and what the names of types stand
 * for.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { create } from '@custom-elements-manifest/analyzer';
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js';
import { createDeclarations } from './manifest/framework-types.mjs';
import { createHtmlData, createWebTypes } from './manifest/editor-data.mjs';
import { describeEventType, describeMembers, sourceOf } from './manifest/manifest-types.mjs';

/**
 * @import { Plugin } from '@custom-elements-manifest/analyzer'
 * @import { Package } from 'custom-elements-manifest/schema'
 * @import { ElementDeclaration } from './manifest/elements.mjs'
 */

const root = fileURLToPath(new URL('..', import.meta.url));

export const TAG_NAMES = ['room-list', 'chat-room', 'video-call', 'device-picker'];

const classNameOf = (/** @type {string} */ tagName) =>
  tagName.replace(/(?:^|-)(\w)/g, (_, /** @type {string} */ letter) => letter.toUpperCase());

/**
 * The name of each event's class, by the name of the event.
 * @returns {Map<string, string>}
 */
function readEventClasses() {
  const folder = join(root, 'components/events');
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const pattern = /class (\w+) extends Event \{\s+static readonly eventName = '([\w-]+)'/g;
  return new Map([...text.matchAll(pattern)].map(([, className = '', eventName = '']) => [eventName, className]));
}

/**
 * The parts that stand in the docblock of an element's view (`call-view.ts`), because an element with many parts has no
 * room for them in its own.
 * @param {string} tagName
 */
function readViewParts(tagName) {
  const folder = join(root, 'components', tagName);
  const views = readdirSync(folder).filter((name) => name.endsWith('-view.ts'));
  return views.flatMap((name) => {
    const [docblock = ''] = readFileSync(join(folder, name), 'utf8').split('*/');
    const lines = [...docblock.matchAll(/^ \* @csspart ([\w-]+) - (.*)$/gm)];
    return lines.map(([, part = '', description = '']) => ({ description, name: part }));
  });
}

/**
 * Keeps only the public members of each element, and names its module by its tag name.
 * @param {Map<string, string>} eventClasses
 * @returns {Plugin}
 */
function publicSurface(eventClasses) {
  const isPublic = (/** @type {ElementDeclaration['members'][number]} */ member) =>
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
        const found = module.declarations?.find(({ name }) => tagName && name === classNameOf(tagName));
        module.declarations = found ? [found] : [];
        module.exports = (module.exports ?? []).filter(({ name }) => name === found?.name);
        module.path = `dist/npm/${tagName}.js`;
        if (!found) continue;
        const declaration = /** @type {ElementDeclaration} */ (found);
        Object.assign(declaration, { tagName, customElement: true });
        module.exports.push({
          kind: 'custom-element-definition',
          name: declaration.tagName,
          declaration: { name: declaration.name, module: module.path },
        });
        const parts = [...(declaration.cssParts ?? []), ...readViewParts(declaration.tagName)];
        if (parts.length > 0) declaration.cssParts = parts;
        declaration.members = declaration.members.filter(isPublic);
        // For an event class of ours, the analyzer mistakes the first argument for the name of the event. The docblock
        // has the real name.
        declaration.events = declaration.events
          ?.map((event) => ({ event, className: eventClasses.get(event.name) }))
          .flatMap(({ event, className }) => (className ? [{ ...event, type: describeEventType(className) }] : []));
        describeMembers(declaration, sourceOf(`components/${tagName}/${tagName}.ts`));
      }
      customElementsManifest.modules = customElementsManifest.modules.filter(
        ({ declarations = [] }) => declarations.length > 0,
      );
    },
  };
}

/** Reads the manifest from the current sources. */
export function createManifest() {
  const paths = TAG_NAMES.map((name) => `components/${name}/${name}.ts`).filter((path) => existsSync(join(root, path)));
  return create({
    modules: paths.map(sourceOf),
    plugins: [...litPlugin(), publicSurface(readEventClasses())],
    context: { dev: false },
  });
}

/**
 * Returns every file that is made from the manifest: its contents by its path below `dist`.
 * @param {Package} manifest
 * @returns {Record<string, string>}
 */
export function createOutputs(manifest = createManifest()) {
  /** @type {{ name: string, version: string }} */
  const { name, version } = JSON.parse(readFileSync(join(root, 'components/package.json'), 'utf8'));
  const toJson = (/** @type {unknown} */ value) => `${JSON.stringify(value, null, 2)}\n`;
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
