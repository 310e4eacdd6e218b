import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Engine, Mutant } from './mutant.ts';

export interface Hunt {
  /** The copy of the checkout, with the mutant in it. */
  readonly root: string;
  readonly from: number;
  readonly seeds: number;
  /** Longest time for one mutant, ms of this machine. */
  readonly limitMs: number;
}

/** What became of a mutant. `by`: the checker, or the engine that needs none; null: it survived. */
export interface Catch {
  readonly by: string | null;
  /** Seeds that it took, the last one included; null: another engine's. */
  readonly seeds: number | null;
  readonly detail: string;
}

interface Ended {
  readonly isLate: boolean;
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Lets the mutant's engine look for it. */
export async function catchMutant(mutant: Mutant, hunt: Hunt): Promise<Catch> {
  const [engine] = mutant.engines;
  const ended = await run(programOf(engine, hunt), hunt);
  return engine === 'seeds' ? bySeeds(mutant, ended) : byExit(engine, ended);
}

function programOf(engine: Engine, { root, from, seeds }: Hunt): string[] {
  switch (engine) {
    case 'seeds':
      return [join(root, 'sim/mutants/first-violation.ts'), String(from), String(seeds)];
    case 'exhaustive':
      return [join(root, 'bin/ldc'), 'sim', 'exhaustive', '--small'];
  }
}

function bySeeds({ crashes }: Mutant, { code, out, err, isLate }: Ended): Catch {
  if (code !== 0 && !isLate) {
    const detail = `the simulator failed: ${lastLine(err) || `exit code ${code}`}`;
    return { by: crashes === true ? 'crash' : null, seeds: null, detail };
  }
  const { found, runs } = JSON.parse(wholeLine(out)) as {
    readonly found: { readonly seed: number; readonly checker: string; readonly detail: string } | null;
    readonly runs: number;
  };
  const end = isLate ? ', then its time was up' : '';
  if (found === null) return { by: null, seeds: runs, detail: `${runs} seeds${end}, nothing was violated` };
  return { by: found.checker, seeds: runs, detail: `seed ${found.seed}: ${found.detail}` };
}

/** A search says what is broken. A program that ended in another way found nothing. */
function byExit(engine: Engine, { code, out, isLate }: Ended): Catch {
  const broken = out.split('\n').find((line) => line.includes('BROKEN'));
  if (broken !== undefined) return { by: engine, seeds: null, detail: broken.trim() };
  const end = isLate ? 'its time was up' : `exit code ${code}`;
  return { by: null, seeds: null, detail: code === 0 ? 'nothing was broken' : end };
}

/** The last line that was written to its end. */
function wholeLine(text: string): string {
  return text.split('\n').at(-2) ?? '{"found":null,"runs":0}';
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/** Output beyond this is of no use. */
const MOST_OUTPUT = 1_000_000;

function run(args: readonly string[], { root, limitMs }: Hunt): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // A test runner inside of a test runner would report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { out: '', err: '' };
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, limitMs);
    for (const [stream, name] of [[child.stdout, 'out'] as const, [child.stderr, 'err'] as const]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        texts[name] = (texts[name] + text).slice(-MOST_OUTPUT);
        // A search goes on with its other worlds, which say no more.
        if (name === 'out' && text.includes('BROKEN')) child.kill('SIGKILL');
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, isLate, ...texts });
    });
  });
}
