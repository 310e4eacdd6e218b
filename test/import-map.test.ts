import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import manifest from '../package.json' with { type: 'json' };
import { circles } from './support/circles.ts';
import { functionLengths } from './support/function-lengths.ts';
import {
  ADAPTERS,
  LONG_FILES,
  LONG_FUNCTIONS,
  MAY_IMPORT,
  TEST_SUPPORT,
  TOLERATED_CIRCLES,
  TOLERATED_IMPORTS,
  TOLERATED_UNREACHED,
} from './support/import-map.ts';
import { type MachineKind, machineUses } from './support/machine-uses.ts';
import { productFiles, type SourceFile, sourceTree } from './support/source-tree.ts';

const FILE_LINES = 300;
const TEST_LINES = 500;
const FUNCTION_LINES = 70;

const source = sourceTree('src');
const product = productFiles(source);
const outside = ['test', 'sim', 'bench', 'scripts'].flatMap(sourceTree);

/** Part of `src` that a file belongs to: its first folder, or the file itself. */
function partOf(path: string): string {
  return path.split('/')[1] ?? path;
}

test('every part of src has its row in the import map', () => {
  const parts = new Set(product.map(({ path }) => partOf(path)));
  assert.deepEqual(
    [...parts].filter((part) => MAY_IMPORT[part] === undefined),
    [],
  );
});

test('every part of src imports only what the map allows it', () => {
  const broken = product.flatMap((file) =>
    file.links.filter((link) => !isAllowed(file, link.path)).map((link) => arrow(file, link)),
  );
  assert.deepEqual(broken, []);
});

test('gateway and control never import each other, not even in tests of theirs', () => {
  const across = source.flatMap((file) =>
    file.links
      .filter(({ path }) => [partOf(file.path), partOf(path)].sort().join() === 'control,gateway')
      .map((link) => arrow(file, link)),
  );
  assert.deepEqual(across, []);
});

test('what the build reaches in src imports nothing of sim, bench, deploy, test and scripts', () => {
  const away = product.flatMap((file) =>
    file.links.filter(({ path }) => /^(sim|bench|deploy|test|scripts)\//.test(path)).map((link) => arrow(file, link)),
  );
  assert.deepEqual(away, []);
});

test('every file of src is reached by the build, or is a test or its support', () => {
  const reached = new Set(product.map(({ path }) => path));
  const others = source.map(({ path }) => path).filter((path) => !reached.has(path) && !path.endsWith('.test.ts'));
  const unexplained = others.filter((path) => !TEST_SUPPORT.test(path));
  assert.deepEqual(unexplained, Object.keys(TOLERATED_UNREACHED));
});

test('every import of a file of the repository leads to a file that is there', () => {
  const known = new Set([...source, ...outside].map(({ path }) => path));
  const lost = [...source, ...outside].flatMap((file) =>
    file.links.filter(({ path }) => path.endsWith('.ts') && !known.has(path)).map((link) => arrow(file, link)),
  );
  assert.deepEqual(lost, []);
});

test('every package that src imports is a dependency, not one of development', () => {
  const dependencies = new Set(Object.keys(manifest.dependencies));
  const missing = product.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, isTypeOnly }) => !isTypeOnly && !/^(\.|node:)/.test(specifier))
      .map(({ specifier }) =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((name) => !dependencies.has(name))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('only src/app and named adapters touch clocks, timers, chance, environment, files, sockets and processes', () => {
  const broken = product.flatMap(({ path, tokens }) => {
    if (path.startsWith('src/app/')) return [];
    const allowed: readonly MachineKind[] = ADAPTERS[path]?.touches ?? [];
    const uses = machineUses(tokens).filter(({ kind }) => !allowed.includes(kind));
    return uses.map(({ kind, name, line }) => `${path}:${line} uses ${name} (${kind})`);
  });
  assert.deepEqual(
    broken,
    [],
    'hand it a Clock, a Random, a store or an upstream, or name it in test/support/import-map.ts',
  );
});

test('no adapter is named for what it does not touch', () => {
  const touched = new Map(
    product.map(({ path, tokens }) => [path, new Set(machineUses(tokens).map(({ kind }) => kind))]),
  );
  const idle = Object.entries(ADAPTERS).flatMap(([path, { touches }]) =>
    touches.filter((kind) => !touched.get(path)?.has(kind)).map((kind) => `${path}: ${kind}`),
  );
  assert.deepEqual(idle, []);
});

test('no files import each other in a circle', () => {
  const links = new Map(product.map((file) => [file.path, file.links.map(({ path }) => path)]));
  const tolerated = TOLERATED_CIRCLES.map(({ files }) => files.join(' '));
  assert.deepEqual(
    circles(links)
      .map((files) => files.join(' '))
      .filter((files) => !tolerated.includes(files)),
    [],
  );
  const atRunTime = new Map(
    product.map((file) => [file.path, file.links.filter(({ isTypeOnly }) => !isTypeOnly).map(({ path }) => path)]),
  );
  assert.deepEqual(circles(atRunTime), []);
});

test('folders beside each other do not import each other in a circle', () => {
  const links = new Map<string, string[]>();
  for (const file of product) {
    for (const link of file.links) {
      const [from, to] = besideEachOther(dirname(file.path), dirname(link.path));
      if (from !== to) links.set(from, [...(links.get(from) ?? []), to]);
    }
  }
  assert.deepEqual(circles(links), []);
});

test('nothing that is tolerated has been mended without being taken from the list', () => {
  const arrows = new Set(product.flatMap((file) => file.links.map((link) => `${file.path} ${link.path}`)));
  assert.deepEqual(
    TOLERATED_IMPORTS.filter(({ from, to }) => !arrows.has(`${from} ${to}`)),
    [],
  );
  const links = new Map(product.map((file) => [file.path, file.links.map(({ path }) => path)]));
  const present = circles(links).map((files) => files.join(' '));
  assert.deepEqual(
    TOLERATED_CIRCLES.filter(({ files }) => !present.includes(files.join(' '))),
    [],
  );
  const long = new Set(product.filter(({ lineCount }) => lineCount > FILE_LINES).map(({ path }) => path));
  assert.deepEqual(
    Object.keys(LONG_FILES).filter((path) => !long.has(path)),
    [],
  );
});

test('no file is longer than it may be', () => {
  const isProduct = new Set(product.map(({ path }) => path));
  const long = [...source, ...outside].flatMap(({ path, lineCount }) => {
    const limit = LONG_FILES[path]?.lines ?? (isProduct.has(path) ? FILE_LINES : TEST_LINES);
    return lineCount > limit ? [`${path}: ${lineCount} lines, at most ${limit}`] : [];
  });
  assert.deepEqual(long, []);
});

test('no function of the product is longer than it may be', () => {
  const long = product.flatMap(({ path, tokens }) =>
    functionLengths(tokens)
      .filter(({ name, lines }) => lines > FUNCTION_LINES && LONG_FUNCTIONS[`${path} ${name}`] === undefined)
      .map(({ name, line, lines }) => `${path}:${line} ${name}: ${lines} lines, at most ${FUNCTION_LINES}`),
  );
  assert.deepEqual(long, []);
});

function arrow(file: SourceFile, link: { readonly path: string; readonly line: number }): string {
  return `${file.path}:${link.line} imports ${link.path}`;
}

function isAllowed({ path }: SourceFile, to: string): boolean {
  const [part, target] = [partOf(path), partOf(to)];
  // What is not TypeScript (package.json, rules) is a file that app finds beside it.
  if (!to.startsWith('src/')) return part === 'app' && !to.endsWith('.ts');
  if (part === target || target === 'errors.ts') return true;
  if (TOLERATED_IMPORTS.some((one) => one.from === path && one.to === to)) return true;
  return (MAY_IMPORT[part] ?? []).some((may) => may === target || `src/${may}` === to);
}

/** The two folders where the ways to `a` and `b` part; the same one twice if one lies in the other. */
function besideEachOther(a: string, b: string): [string, string] {
  const [left, right] = [a.split('/'), b.split('/')];
  const apart = left.findIndex((name, index) => name !== right[index]);
  if (apart === -1 || right[apart] === undefined) return [a, a];
  return [left.slice(0, apart + 1).join('/'), right.slice(0, apart + 1).join('/')];
}
