import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Change, Mutant } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What either engine runs. */
const COPIED = ['src', 'sim', 'bench', 'rules', 'bin', 'scripts', 'package.json', 'tsconfig.json'];

/** The text with the change made; throws if what it replaces is not there exactly once. */
export function changed(text: string, { file, before, after }: Change): string {
  const count = text.split(before).length - 1;
  if (count !== 1) throw new Error(`${file} has ${count} times, not once:\n${before}`);
  return text.replace(before, () => after);
}

/** Makes every change of a mutant to the files under `root`; returns how to take them back. */
export function applyMutant(root: string, { changes }: Mutant): () => void {
  const originals = new Map<string, string>();
  const restore = (): void => {
    for (const [path, text] of originals) writeFileSync(path, text);
  };
  try {
    for (const change of changes) {
      const path = join(root, change.file);
      const text = readFileSync(path, 'utf8');
      if (!originals.has(path)) originals.set(path, text);
      writeFileSync(path, changed(text, change));
    }
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

/** A copy of the checkout in a directory of its own, so that no mistake is ever made in the real one. */
export class MutantTree {
  readonly root: string;

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'ldc-mutants-'));
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.root, name), { recursive: true });
    process.once('exit', this.remove);
    symlinkSync(join(ROOT, 'node_modules'), join(this.root, 'node_modules'), 'dir');
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    rmSync(this.root, { recursive: true, force: true });
  };
}
