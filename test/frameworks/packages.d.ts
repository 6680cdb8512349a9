/**
 * What the modules here use of packages that only `test/frameworks/package.json` has. The root installs none of them,
 * so the compiler cannot read their own declarations.
 */
declare module 'jsdom' {
  export class VirtualConsole {
    on(name: 'jsdomError', listener: (error: Error & { type?: string; detail?: Error }) => void): this;
  }

  export class JSDOM {
    constructor(markup: string, options: object);
    readonly window: Window & typeof globalThis;
  }
}

declare module 'happy-dom' {
  export const Window: new (options: object) => globalThis.Window & typeof globalThis;
}

declare module '@lit-labs/ssr' {
  export function render(template: unknown): Iterable<unknown>;
}

declare module '@lit-labs/ssr/lib/render-result.js' {
  export function collectResult(result: Iterable<unknown>): Promise<string>;
}

declare module '@astrojs/node' {
  export default function node(options: { mode: 'standalone' | 'middleware' }): object;
}

declare module '@astrojs/react' {
  export default function react(): object;
}
