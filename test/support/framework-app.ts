/** The smallest app of a framework: built with the framework's own tool, rendered on a server, served to a browser. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { frameworkModules } from './frameworks.ts';
import { root } from './server-process.ts';

export type Framework = 'react' | 'preact' | 'vue' | 'svelte' | 'solid' | 'lit';

/** Without `call`, all booleans in all values. */
export interface AppProps {
  call?: { room: string; join: boolean; cameraOff: boolean };
}

interface Rendering {
  head?: string;
  render(props: AppProps): string | Promise<string>;
}

export interface FrameworkApp {
  /** A page whose own script waits to be told; `props` are rendered on the server. */
  urlOf(props?: AppProps): string;
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

/** Builds both halves and hands out what renders; the client's half lies in the folder then. */
async function build(name: Framework, outDir: string): Promise<Rendering> {
  const vite: { build(options: unknown): Promise<unknown> } = await load('vite/dist/node/index.js');
  const home = join(root, 'test/frameworks/apps', name);
  for (const half of ['client', 'server']) {
    const entry = [`${half}.jsx`, `${half}.js`].find((file) => existsSync(join(home, file)))!;
    await vite.build({
      root: home,
      configFile: false,
      logLevel: 'error',
      plugins: await PLUGINS[name](),
      oxc: { jsx: { runtime: 'automatic', importSource: name === 'preact' ? 'preact' : 'react' } },
      build: {
        outDir: join(outDir, half),
        ssr: half === 'server',
        rollupOptions: {
          input: join(home, entry),
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: `${half}.mjs`, format: 'es' },
        },
      },
    });
  }
  return import(pathToFileURL(join(outDir, 'server/server.mjs')).href) as Promise<Rendering>;
}

export async function startFrameworkApp(name: Framework): Promise<FrameworkApp> {
  const outDir = join(root, 'test/frameworks/dist', name);
  const { head = '', render } = await build(name, outDir);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname !== '/') {
      const path = join(outDir, 'client', pathname);
      if (!existsSync(path)) return void response.writeHead(204).end();
      return void response.setHeader('content-type', 'text/javascript').end(readFileSync(path));
    }
    const props = searchParams.get('props');
    void Promise.resolve(props ? render(JSON.parse(props) as AppProps) : '').then((body) =>
      response.setHeader('content-type', 'text/html; charset=utf-8').end(
        `<!doctype html><html lang="en"><head><title>${name}</title>${head}</head>` +
          `<body><main id="root">${body}</main>` +
          `<script type="module">window.app = await import('/client.mjs')</script></body></html>`,
      ));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    urlOf: (props) => (props ? `${origin}?props=${encodeURIComponent(JSON.stringify(props))}` : origin),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
