import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import type { PageOrigin } from './page-origin.ts';

/** One run of one benchmark, as it is committed. */
export interface Result extends PageOrigin {
  readonly format: 1;
  readonly name: string;
  readonly title: string;
  readonly what: string;
  readonly figures: readonly Figure[];
}

const FILE = /^(\d{4}-\d{2}-\d{2})-(.+)\.json$/;

/** Writes `YYYY-MM-DD-NAME.json`; a second run on one day replaces the first. Returns the file's name. */
export function writeResult(directory: string, result: Result): string {
  mkdirSync(directory, { recursive: true });
  const file = `${result.at.slice(0, 10)}-${result.name}.json`;
  writeFileSync(join(directory, file), `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

/** The newest result of each benchmark by name, with its file. */
export function newestResults(directory: string): Map<string, { readonly file: string; readonly result: Result }> {
  const newest = new Map<string, { file: string; result: Result }>();
  // In order of their dates, so that a later one replaces an earlier one.
  for (const file of readdirSync(directory)
    .filter((name) => FILE.test(name))
    .sort()) {
    const result = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Result;
    newest.set(result.name, { file, result });
  }
  return newest;
}
