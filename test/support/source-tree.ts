import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SourceImport, sourceImports } from './source-imports.ts';
import { sourceTokens, type Token } from './source-tokens.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** From the repository's root: `src/core/table.ts`. */
  readonly path: string;
  readonly tokens: readonly Token[];
  readonly lineCount: number;
  readonly imports: readonly SourceImport[];
  /** Paths of the files of this repository that it imports, with the import. */
  readonly links: readonly { readonly path: string; readonly isTypeOnly: boolean; readonly line: number }[];
}

/** The TypeScript files of a folder of the repository, sorted by path. */
export function sourceTree(folder: string): SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return [];
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .sort()
    .map((name) => readSource(join(folder, name)));
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const tokens = sourceTokens(text);
  const imports = sourceImports(tokens);
  const links = imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, isTypeOnly, line }) => ({ path: normalize(join(dirname(path), specifier)), isTypeOnly, line }));
  return { path, tokens, lineCount: text.split('\n').length - 1, imports, links };
}

/** The files that programs consist of: what the roots of the build reach. The others are tests and their support. */
export function productFiles(files: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const config = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8')) as { files: string[] };
  const reached = new Set<string>();
  const waiting = [...config.files];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(byPath.get(path)?.links ?? []).map((link) => link.path));
  }
  return files.filter(({ path }) => reached.has(path));
}
