import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortBlock } from '../test/support/free-port-block.ts';
import { RunningFleet } from '../test/support/running-fleet.ts';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, figure, type Target } from './figure.ts';

/** More than the reference fleet takes. */
const PORTS = 120;
const TARGET: Target = { bound: 'at most', value: 5 };
/** Where Node.js keeps compiled modules; the programs turn this on by themselves (bin/ldc). */
const CACHE_SETTING = 'NODE_COMPILE_CACHE';

/** From the start of `ldc fleet` to its line that all is ready. */
export const fleetStartBenchmark: Benchmark = {
  name: 'fleet-start',
  title: 'Fleet: start to ready',
  what:
    'From the start of `ldc fleet` (reference ruleset: five gateways, five processes of cells, one of control, embedded store) ' +
    'to ready: every gateway has its table and reaches every cell.',
  run: fleetStartFigures,
};

async function fleetStartFigures(scale: Scale, say: (line: string) => void): Promise<Figure[]> {
  const times: Record<'first' | 'cold' | 'warm', number[]> = { first: [], cold: [], warm: [] };
  for (let round = 0; round < (scale === 'full' ? 3 : 1); round += 1) {
    const directory = mkdtempSync(join(tmpdir(), 'ldc-bench-start-'));
    try {
      times.first.push(await startAndEnd(join(directory, 'first'), join(directory, 'compiled')));
      if (scale === 'full') {
        times.cold.push(await startAndEnd(join(directory, 'second')));
        times.warm.push(await startAndEnd(join(directory, 'second')));
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    say(`round ${round + 1}: ${JSON.stringify(times)}`);
  }
  const names = {
    first: 'new directory, no module compiled before (a fresh clone)',
    cold: 'new directory',
    warm: 'same directory again',
  };
  return (['first', 'cold', 'warm'] as const)
    .filter((kind) => times[kind].length > 0)
    .map((kind) => figure({ name: names[kind], unit: 's', values: times[kind], target: TARGET }));
}

/** Seconds from its start to ready. */
async function startAndEnd(directory: string, compiledModules?: string): Promise<number> {
  const basePort = await freePortBlock(PORTS);
  const environment = compiledModules === undefined ? {} : { [CACHE_SETTING]: compiledModules };
  const begin = performance.now();
  const fleet = await RunningFleet.launch({ directory, basePort, environment });
  try {
    await fleet.ready();
    return (performance.now() - begin) / 1_000;
  } finally {
    await fleet.end('SIGINT');
  }
}
