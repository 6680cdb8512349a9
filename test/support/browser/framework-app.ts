/**
 * The smallest app of a framework: built with the framework's own tool and the packed package, rendered on a server,
 * served to a browser.
 */
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { frameworkModules } from './frameworks.ts';
import { root } from '../server/server-process.ts';

export type Framework = 'react' | 'preact' | 'vue' | 'svelte' | 'solid' | 'lit';

/** `booleans` shows every boolean property in every value; `page` shows the call as the documents write it. */
export type View = 'booleans' | 'page';

export interface AppProps {
  /** The key of the call; 0 is a route without a call. */
  turn?: number;
  call?: { server: string; room: string; join: boolean; cameraOff: boolean };
  /** Shows only the call of a class. */
  inClass?: { server: string; room: string };
  /** Whether React's `<Activity>` hides the call; omitted, there is no `<Activity>`. */
  hidden?: boolean;
}

/** The functions by which a test controls a view. */
export interface Shown {
  update(props: AppProps): unknown;
  unmount(): unknown;
}

interface Rendering {
  head?: string;
  render(props: AppProps): string | Promise<string>;
}

export interface FrameworkApp {
  /** The address of a page that does not start by itself: a test calls `window.app()`. The server renders `props`. */
  urlOf(view: View, props?: AppProps): string;
  /** The address of a script that defines the elements, from the same bundle. */
  elements: string;
  close(): Promise<void>;
}

const load = (path: string) => import(pathToFileURL(join(frameworkModules, path)).href) as Promise<never>;

const PLUGINS: Record<Framework, () => Promise<unknown[]>> = {
  react: async () => [],
  preact: async () => [],
  lit: async () => [],
  vue: async () => {
    const { default: vue }: { default(options: unknown): unknown } = await load('@vitejs/plugin-vue/dist/index.mjs');
    return [vue({ template: { compilerOptions: { isCustomElement: (tag: string) => tag.includes('-') } } })];
  },
  svelte: async () => {
    const { svelte }: { svelte(): unknown } = await load('@sveltejs/vite-plugin-svelte/src/index.js');
    return [svelte()];
  },
  solid: async () => {
    const { default: solid }: { default(options: unknown): unknown } = await load(
      'vite-plugin-solid/dist/esm/index.mjs',
    );
    return [solid({ ssr: true })];
  },
};

const HALVES = { client: ['booleans', 'page', 'elements'], server: ['booleans', 'page'] } as const;

/** The entry modules of a bundle, made of the files of an app. */
function entries(home: string) {
  const files = readdirSync(home);
  const fileOf = (name: string) => `./${files.find((file) => file.split('.')[0] === name)}`;
  const view = (name: string) => `import * as view from '${fileOf(name)}'; const Page = view.Page ?? view.default;`;
  // With Lit's hydration support, if the app has it.
  const support = files.includes('support.js') ? `import './support.js';` : '';
  const write = (half: string, name: string): string => {
    if (name === 'elements') return `${support} import 'sarangbang';`;
    const start = `import * as half from '${fileOf(half)}';`;
    if (half === 'client') {
      return `${support} ${start} ${view(name)} export const { mount, hydrate } = half.start(Page);`;
    }
    const rendering = 'export const head = half.head; export const render = (props) => half.render(Page, props);';
    return `${start} ${view(name)} ${rendering}`;
  };
  return {
    name: 'entries',
    resolveId: (id: string) => (id.startsWith('entry:') ? join(home, `${id.replaceAll(':', '-')}.js`) : null),
    load: (id: string) => {
      const [, half, name] = /entry-(\w+)-(\w+)\.js$/.exec(id) ?? [];
      return half && name ? write(half, name) : null;
    },
  };
}

/** Builds the client's and the server's half of an app. Returns the server's; the client's is served from `outDir`. */
async function build(framework: Framework, outDir: string): Promise<Record<View, Rendering>> {
  const vite: { build(options: unknown): Promise<unknown> } = await load('vite/dist/node/index.js');
  const home = join(root, 'test/frameworks/apps', framework);
  for (const half of ['client', 'server'] as const) {
    await vite.build({
      root: home,
      configFile: false,
      logLevel: 'error',
      plugins: [entries(home), ...(await PLUGINS[framework]())],
      oxc: { jsx: { runtime: 'automatic', importSource: framework === 'preact' ? 'preact' : 'react' } },
      build: {
        outDir: join(outDir, half),
        ssr: half === 'server',
        rollupOptions: {
          input: Object.fromEntries(HALVES[half].map((name) => [name, `entry:${half}:${name}`])),
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: '[name].mjs', format: 'es' },
        },
      },
    });
  }
  const rendering = (view: View) =>
    import(pathToFileURL(join(outDir, 'server', `${view}.mjs`)).href) as Promise<Rendering>;
  return { booleans: await rendering('booleans'), page: await rendering('page') };
}

export async function startFrameworkApp(framework: Framework): Promise<FrameworkApp> {
  const outDir = join(root, 'test/frameworks/dist', framework);
  const views = await build(framework, outDir);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const view = pathname.slice(1) as View;
    if (!(view in views)) {
      const path = join(outDir, 'client', pathname);
      if (!existsSync(path)) return void response.writeHead(204).end();
      return void response.setHeader('content-type', 'text/javascript').end(readFileSync(path));
    }
    const props = searchParams.get('props');
    const { head = '', render } = views[view];
    void Promise.resolve(props ? render(JSON.parse(props) as AppProps) : '').then((body) =>
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(
          `<!doctype html><html lang="en"><head><title>${framework}</title>${head}</head>` +
            `<body><main id="root">${body}</main>` +
            `<script type="module">window.app = () => import('/${view}.mjs')</script></body></html>`,
        ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urlOf: (view, props) => `${origin}/${view}${props ? `?props=${encodeURIComponent(JSON.stringify(props))}` : ''}`,
    elements: `${origin}/elements.mjs`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
