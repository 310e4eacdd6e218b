import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { machineFacts } from './machine.ts';
import { newestResults, type Result, writeResult } from './result.ts';
import { amount, resultPage } from './result-page.ts';
import { sourceState } from './source-state.ts';

const NAMES = BENCHMARKS.map(({ name }) => name);
const USAGE = `npm run bench [-- NAME ...] [--tiny]

Runs the benchmarks ${NAMES.join(', ')} (all, or the named ones), and writes bench/results.
--tiny shows quickly that they work; its figures mean nothing and are not written.`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = join(ROOT, 'bench', 'results');

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main();

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { tiny: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) return say(USAGE);
  const unknown = positionals.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) return refuse(unknown);
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (chosen.length > 1) return inOwnProcesses(chosen, values.tiny === true);
  for (const benchmark of chosen) await runOne(benchmark, values.tiny === true);
}

function refuse(unknown: readonly string[]): void {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${NAMES.join(', ')}\n`);
  process.exitCode = 2;
}

/** One process each: what the engine learns in one benchmark does not change the figures of the next. */
function inOwnProcesses(chosen: readonly Benchmark[], isTiny: boolean): void {
  for (const { name } of chosen) {
    const args = [fileURLToPath(import.meta.url), name, ...(isTiny ? ['--tiny'] : [])];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}

async function runOne(benchmark: Benchmark, isTiny: boolean): Promise<void> {
  const { name, title, what } = benchmark;
  const [source, machine, at] = [sourceState(ROOT), machineFacts(), new Date().toISOString()];
  say(`${name}: ${title} …`);
  const figures = await benchmark.run(isTiny ? 'tiny' : 'full', (line) => say(`  ${line}`));
  for (const { name: what, unit, measured } of figures) say(`  ${what}: ${amount(measured.median)} ${unit}`);
  if (isTiny) return;
  const command = `npm run bench -- ${name}`;
  const result: Result = { format: 1, name, title, what, at, command, source, machine, figures };
  say(`  bench/results/${writeResult(RESULTS, result)}`);
  const newest = newestResults(RESULTS);
  const filed = NAMES.flatMap((known) => newest.get(known) ?? []);
  writeFileSync(join(RESULTS, 'README.md'), resultPage(filed));
}
