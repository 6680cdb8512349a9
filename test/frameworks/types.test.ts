/**
 * Templates of frameworks as their own type checkers see them, with the package that npm packs. Correct lines compile
 * under strict rules and every wrong line is refused. A wrong line that the checker accepts is marked as `unseen`.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { packPackage, unpackPackage } from '../support/browser/packed-package.ts';
import { frameworkModules, installFrameworks } from '../support/browser/frameworks.ts';
import { root } from '../support/server/server-process.ts';

type Checker = 'typescript/bin/tsc' | 'vue-tsc/bin/vue-tsc.js' | 'svelte-check/bin/svelte-check';

interface Project {
  /**
   * The framework's packages, by the name under which the project and our package import them. The value is the folder
   * in `test/frameworks/node_modules`.
   */
  modules: Record<string, string>;
  checker: Checker;
  options?: Record<string, unknown>;
  files: [page: string, mistakes: string];
  /** The components that the documents show, in the folder of the apps. */
  recipes: string[];
  /** Wrong lines that the checker accepts. */
  unseen?: string[];
}

const same = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]));
const jsx = (jsxImportSource: string) => ({
  jsx: jsxImportSource === 'solid-js' ? 'preserve' : 'react-jsx',
  jsxImportSource,
});
const TSX: Project['files'] = ['page.tsx', 'mistakes.tsx'];
const DASHED = 'JSX takes any name with a dash';

const PROJECTS: Record<string, Project> = {
  react: {
    modules: same('@types/react'),
    checker: 'typescript/bin/tsc',
    options: jsx('react'),
    files: TSX,
    recipes: ['react/call.tsx', 'react/class-call.tsx', 'react/hidden-call.tsx'],
    unseen: [DASHED],
  },
  'react-18': {
    modules: { '@types/react': '@types/react-18' },
    checker: 'typescript/bin/tsc',
    options: jsx('react'),
    files: TSX,
    recipes: ['react/call.tsx', 'react/class-call.tsx', 'react/hidden-call.tsx'],
    unseen: [DASHED],
  },
  preact: {
    modules: same('preact'),
    checker: 'typescript/bin/tsc',
    options: jsx('preact'),
    files: TSX,
    recipes: ['preact/call.tsx', 'preact/class-call.tsx'],
    unseen: [DASHED],
  },
  solid: {
    modules: same('solid-js'),
    checker: 'typescript/bin/tsc',
    options: { ...jsx('solid-js'), types: ['sarangbang/solid'] },
    files: TSX,
    recipes: ['solid/call.tsx', 'solid/class-call.tsx'],
    unseen: [DASHED],
  },
  vue: {
    modules: same('vue'),
    checker: 'vue-tsc/bin/vue-tsc.js',
    options: { types: ['sarangbang/vue'] },
    files: ['page.vue', 'mistakes.vue'],
    recipes: ['vue/call.vue', 'vue/class-call.vue'],
  },
  svelte: {
    modules: same('svelte'),
    checker: 'svelte-check/bin/svelte-check',
    files: ['page.svelte', 'mistakes.svelte'],
    recipes: ['svelte/call.svelte', 'svelte/class-call.svelte'],
  },
  plain: {
    modules: {},
    checker: 'typescript/bin/tsc',
    files: ['page.ts', 'mistakes.ts'],
    recipes: ['lit/call.ts', 'lit/class-call.ts'],
    unseen: ["the platform's listener takes any name"],
  },
};

const OPTIONS = {
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2024', 'dom', 'dom.iterable'],
  strict: true,
  noEmit: true,
  noUncheckedSideEffectImports: true,
  skipLibCheck: false,
  types: [],
};

let directory = '';
let packed = '';

function link(name: string, target: string, into: string): void {
  const path = join(into, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(frameworkModules, target), path);
}

/** A project with the framework beside the package. `symlinked` puts both into a store, as pnpm does. */
function createProject(name: string, layout: 'copied' | 'symlinked'): string {
  const { modules, options, files, recipes } = PROJECTS[name]!;
  const project = join(directory, layout, name);
  cpSync(join(root, 'test/frameworks/types', name), project, { recursive: true });
  for (const recipe of recipes) cpSync(join(root, 'test/frameworks/apps', recipe), join(project, basename(recipe)));
  const home = layout === 'copied' ? project : join(directory, 'store', name);
  cpSync(packed, join(home, 'node_modules/sarangbang'), { recursive: true });
  for (const place of new Set([project, home])) {
    for (const [module, folder] of Object.entries({ ...modules, lit: 'lit' })) link(module, folder, place);
  }
  if (home !== project) symlinkSync(join(home, 'node_modules/sarangbang'), join(project, 'node_modules/sarangbang'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, type: 'module', private: true }));
  const vueCompilerOptions = { strictTemplates: true };
  const include = [...files, ...recipes.map((recipe) => basename(recipe))];
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, vueCompilerOptions, include }),
  );
  return project;
}

/** The output of the checker, and the lines with errors by file. */
async function check(name: string, project: string): Promise<{ output: string; lines: Map<string, Set<number>> }> {
  const { checker } = PROJECTS[name]!;
  const args = checker.startsWith('svelte')
    ? ['--tsconfig', './tsconfig.json', '--output', 'machine']
    : ['--project', '.', '--pretty', 'false'];
  const run = promisify(execFile)(process.execPath, [join(frameworkModules, checker), ...args], {
    cwd: project,
    maxBuffer: 1e7,
  });
  const output = await run.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; message: string }) => error.stdout || error.message,
  );
  const lines = new Map<string, Set<number>>();
  for (const [, byTsc, tscLine, bySvelte, svelteLine] of output.matchAll(
    /^(\S+?)\((\d+),\d+\): error|^\d+ ERROR "([^"]+)" (\d+):/gm,
  )) {
    const file = byTsc ?? bySvelte ?? '';
    lines.set(file, (lines.get(file) ?? new Set()).add(Number(tscLine ?? svelteLine)));
  }
  return { output, lines };
}

/** The lines of a file with such a mark, by the text of the mark. */
function marked(path: string, mark: 'mistake' | 'unseen'): Map<number, string> {
  const lines = readFileSync(path, 'utf8').split('\n').entries();
  const pattern = new RegExp(`${mark}: (.*?)(?: -->|\\s*\\*/\\})?$`);
  return new Map(
    [...lines].flatMap(([index, line]) => (pattern.test(line) ? [[index + 1, pattern.exec(line)![1]!] as const] : [])),
  );
}

const IS_LONG = process.env.SARANGBANG_FRAMEWORKS === 'all';
/** Checked with symlinks: one project with JSX and one with templates. `test:frameworks` checks all both ways. */
const SYMLINKED = new Set(['react', 'vue']);
/** Their types are nearly those of React. */
const LONG = new Set(['react-18', 'preact', 'solid']);

describe('templates of frameworks', { concurrency: availableParallelism() }, () => {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sarangbang-types-'));
    installFrameworks();
    packed = join(directory, 'packed');
    unpackPackage(packPackage(directory), packed);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  for (const layout of ['copied', 'symlinked'] as const) {
    for (const [
      name,
      {
        files: [page, mistakes],
        unseen = [],
      },
    ] of Object.entries(PROJECTS)) {
      if (!IS_LONG && (LONG.has(name) || SYMLINKED.has(name) !== (layout === 'symlinked'))) continue;
      test(
        `${name}, the package ${layout}: correct lines compile and wrong lines are refused`,
        { timeout: 300_000 },
        async () => {
          const project = createProject(name, layout);
          const { output, lines } = await check(name, project);
          assert.deepEqual(
            [...lines.keys()].filter((file) => file !== mistakes),
            [],
            output,
          );
          assert.doesNotMatch(readFileSync(join(project, page), 'utf8'), /mistake:/);
          const wrong = marked(join(project, mistakes), 'mistake');
          assert.ok(wrong.size >= 10, `${wrong.size} mistakes`);
          assert.deepEqual(
            [...(lines.get(mistakes) ?? [])].toSorted((a, b) => a - b),
            [...wrong.keys()],
            output,
          );
          assert.deepEqual([...marked(join(project, mistakes), 'unseen').values()], unseen);
        },
      );
    }
  }
});
