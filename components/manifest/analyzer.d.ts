/** What the analyzer exports and its own declarations leave out. */
import type { CollectPhaseParams, Context, Plugin } from '@custom-elements-manifest/analyzer';
import type { Package } from 'custom-elements-manifest/schema';

type Compiler = CollectPhaseParams['ts'];

declare module '@custom-elements-manifest/analyzer' {
  /** The TypeScript that the analyzer includes. It has a compiler interface, which the project's own has not. */
  export const ts: Compiler;

  export function create(options: {
    modules: ReturnType<Compiler['createSourceFile']>[];
    plugins: Plugin[];
    context: Context;
  }): Package;
}
