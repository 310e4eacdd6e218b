import type { Benchmark } from './benchmark.ts';
import { decisionBenchmark } from './decision-benchmark.ts';
import { doorBenchmark } from './door-benchmark.ts';
import { failoverBenchmark } from './failover-benchmark.ts';
import { fleetStartBenchmark } from './fleet-start-benchmark.ts';
import { tableBenchmark } from './table-benchmark.ts';
import { tablePropagationBenchmark } from './table-propagation-benchmark.ts';

/** In the order in which they run and are shown. */
export const BENCHMARKS: readonly Benchmark[] = [
  decisionBenchmark,
  tableBenchmark,
  fleetStartBenchmark,
  doorBenchmark,
  tablePropagationBenchmark,
  failoverBenchmark,
];
