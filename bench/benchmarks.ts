import type { Benchmark } from './benchmark.ts';
import { decisionBenchmark } from './decision-benchmark.ts';
import { doorBenchmark } from './door-benchmark.ts';
import { failoverBenchmark } from './failover-benchmark.ts';
import { fleetStartBenchmark } from './fleet-start-benchmark.ts';
import { overloadBenchmark } from './overload-benchmark.ts';
import { tableBenchmark } from './table-benchmark.ts';
import { tablePropagationBenchmark } from './table-propagation-benchmark.ts';
import { workersBenchmark } from './workers-benchmark.ts';

/** In the order in which they run and are shown. */
export const BENCHMARKS: readonly Benchmark[] = [
  decisionBenchmark,
  tableBenchmark,
  fleetStartBenchmark,
  doorBenchmark,
  overloadBenchmark,
  workersBenchmark,
  tablePropagationBenchmark,
  failoverBenchmark,
];
