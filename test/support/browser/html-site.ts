/** Pages that a server writes and a library swaps: the recipe's page with a call, one without, and all booleans. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { frameworkModules } from './frameworks.ts';
import { root } from '../server/server-process.ts';
import { VALUES } from '../../frameworks/apps/values.js';

export type Library = 'turbo' | 'htmx';

/** What a page shows; all of it is in its address. */
export interface PageProps {
  view: 'call' | 'booleans' | 'elsewhere' | 'island';
  room?: string;
  join?: boolean;
  cameraOff?: boolean;
  /** Whether the library keeps the call across pages. */
  isKept?: boolean;
  /** Whether the script of the elements loads later. */
  isLate?: boolean;
}

export interface HtmlSite {
  urlOf(props: PageProps): string;
  close(): Promise<void>;
}

const SCRIPTS: Record<Library, string> = {
  turbo: '@hotwired/turbo/dist/turbo.es2017-esm.js',
  htmx: 'htmx.org/dist/htmx.js',
};

const CALL = / *<video-call .*\n/;

/** Markup with each boolean attribute in each value, as template languages without booleans write it: as text. */
const booleans = () =>
  VALUES.map((value, index) => {
    const write = (tag: string, property: string) => {
      const attribute = property.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return `<${tag} data-cell="${property}" ${attribute}="${String(value)}"></${tag}>`;
    };
    const calls = ['unlisted', 'autojoin', 'muted', 'cameraOff', 'audioOnly', 'noControls', 'relayOnly'];
    return `<div data-value="${index}">${calls.map((property) => write('video-call', property)).join('')}
${write('chat-room', 'unlisted')}${write('chat-room', 'readonly')}
${write('room-list', 'noCreate')}${write('device-picker', 'preview')}</div>`;
  }).join('\n');

export async function startHtmlSite(library: Library, calls: string): Promise<HtmlSite> {
  const template = readFileSync(join(root, 'test/frameworks/apps', library, 'call.html'), 'utf8');
  const pageOf = ({ view, room = '', join: joins, cameraOff, isKept, isLate }: PageProps): string => {
    let html = template;
    if (view !== 'call') html = html.replace(CALL, () => (view === 'booleans' ? booleans() : ''));
    if (!isKept) html = html.replace(/ (?:data-turbo-permanent|hx-preserve)/, '');
    if (isLate) html = html.replace(/ *<script .*elements\.js.*\n/, '');
    const values: Record<string, string> = {
      room,
      server: calls,
      autojoin: joins ? 'autojoin' : '',
      'camera-off': cameraOff ? 'camera-off' : '',
    };
    return html.replaceAll(/\{\{([\w-]+)\}\}/g, (_, name: string) => values[name] ?? '');
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname === `/${library}.js`) {
      return void response
        .setHeader('content-type', 'text/javascript')
        .end(readFileSync(join(frameworkModules, SCRIPTS[library])));
    }
    if (pathname !== '/') return void response.writeHead(204).end();
    const props = JSON.parse(searchParams.get('props')!) as PageProps;
    response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(props));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urlOf: (props) => `${origin}/?props=${encodeURIComponent(JSON.stringify(props))}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
