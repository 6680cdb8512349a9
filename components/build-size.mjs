/**
 * What makes the served modules small beyond bundling: styles without their white space, and only those
 * parts of Socket.IO's client that our wire uses. Nothing here changes what the code does; the package on
 * npm is built without it, because that is for its user's bundler.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';

/** Minifies css`…` templates; a name put in by `${…}` keeps its place. */
export const minifiedStyles = {
  name: 'minified-styles',
  setup(build) {
    build.onLoad({ filter: /[\\/]components[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const templates = [...text.matchAll(/\bcss`([^`]*)`/g)].filter(([, css]) => !css.includes('${'));
      if (templates.length === 0) return undefined;
      const parts = [];
      let end = 0;
      for (const { 0: template, 1: css, index } of templates) {
        const { code } = await transform(css, { loader: 'css', minify: true, target: 'esnext' });
        parts.push(text.slice(end, index), `css\`${code.trim().replaceAll('\\', '\\\\')}\``);
        end = index + template.length;
      }
      return { contents: parts.join('') + text.slice(end), loader: 'ts' };
    });
  },
};

/**
 * Takes our own text parser in place of the standard one, and loads long polling when it is needed.
 * WebTransport, which the server does not speak, goes.
 */
export const slimSocketIo = {
  name: 'slim-socket.io',
  setup(build) {
    const ours = (name) => join(build.initialOptions.absWorkingDir, 'components/client', name);
    build.onResolve({ filter: /^socket\.io-parser$/ }, () => ({ path: ours('text-parser.ts') }));
    build.onResolve({ filter: /^engine\.io-client$/ }, () => ({ path: ours('engine.ts') }));
    build.onResolve({ filter: /^\.\/transports\/index\.js$/ }, ({ importer }) =>
      /engine\.io-client[\\/]build[\\/]esm[\\/]socket\.js$/.test(importer) ? { path: ours('transports.ts') } : undefined,
    );
  },
};
