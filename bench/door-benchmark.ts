import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RunningFleet } from '../test/support/running-fleet.ts';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, type FigureUnit, figure } from './figure.ts';
import type { LoadPlan, LoadReport } from './load-child.ts';
import { processorMs } from './processor-time.ts';
import { userIds } from './user-ids.ts';

const LOAD_PROGRAM = fileURLToPath(new URL('./load-child.ts', import.meta.url));
const LOAD_LIMIT_MS = 90_000;
const SECONDS = 5;
const BUSY = 32;

/** Users of RZ05, whose only cell is in sz-a: their suffixes are 80 to 99. */
const USERS = userIds(200, 14, 'digits').map((start, index) => `${start}${80 + (index % 20)}`);

interface Way {
  readonly name: string;
  readonly door: string;
  /** Processes by the name that the fleet gives them, and what the table calls them. */
  readonly processes: Readonly<Record<string, string>>;
}

const WAYS: readonly Way[] = [
  {
    name: 'own data center',
    door: 'sz-a',
    processes: { 'gateway-sz-a-1': 'the gateway', 'cells-sz-a': 'the cell' },
  },
  {
    name: 'other data center',
    door: 'hz-a',
    processes: {
      'gateway-hz-a-1': 'the gateway at the door',
      'gateway-sz-a-1': 'the gateway at the owner',
      'cells-sz-a': 'the cell',
    },
  },
];

/** Requests through a door of a running fleet. */
export const doorBenchmark: Benchmark = {
  name: 'door',
  title: 'GET /whoami at a door',
  what:
    'A fleet on this machine; autocannon, a process of its own on the same machine, sends `GET /whoami` of 200 users of RZ05 (sz-a): ' +
    'at the door of sz-a, and at that of hz-a, from where the interlink carries it (mutual TLS). Load, gateways and cells share the cores: ' +
    'requests a second say little, processor time a request is what counts.',
  run: doorFigures,
};

async function doorFigures(scale: Scale, say: (line: string) => void): Promise<Figure[]> {
  const fleet = await RunningFleet.start();
  try {
    const figures: Figure[] = [];
    for (const way of WAYS) {
      figures.push(...(await wayFigures(fleet, way, BUSY, scale)));
      if (scale === 'full') figures.push(...(await wayFigures(fleet, way, 1, scale)));
      say(`${way.name}: done`);
    }
    return figures;
  } finally {
    await fleet.stop();
  }
}

async function wayFigures(fleet: RunningFleet, way: Way, connections: number, scale: Scale): Promise<Figure[]> {
  const isFull = scale === 'full';
  // So many requests, not so long, where nobody looks at the figures: on a busy machine a second may bring no answer at all.
  const extent = isFull ? { seconds: SECONDS } : { requests: 200 };
  const plan = { url: fleet.door(way.door), userIds: USERS, connections, extent };
  if (isFull) await load(plan);
  const rounds: Round[] = [];
  for (let round = 0; round < (isFull ? 3 : 1); round += 1) rounds.push(await oneRound(fleet, way, plan));
  const line = (name: string, unit: FigureUnit, of: (round: Round) => number): Figure =>
    figure({ name: `${way.name}, ${connectionsInWords(connections)}: ${name}`, unit, values: rounds.map(of) });
  return [
    line('requests a second', 'requests/s', (round) => round.requestsPerSecond),
    line('half of the answers within', 'ms', (round) => round.p50Ms),
    line('99 % of the answers within', 'ms', (round) => round.p99Ms),
    ...Object.entries(way.processes).map(([node, called]) =>
      line(`processor time a request, ${called}`, 'µs', (round) => round.processorUs[node] as number),
    ),
  ];
}

function connectionsInWords(connections: number): string {
  return connections === 1 ? '1 connection' : `${connections} connections`;
}

interface Round extends LoadReport {
  /** Processor time a request of each process, microseconds. */
  readonly processorUs: Readonly<Record<string, number>>;
}

async function oneRound(fleet: RunningFleet, way: Way, plan: LoadPlan): Promise<Round> {
  const nodes = Object.keys(way.processes);
  const children = fleet.children();
  const pids = nodes.map((node) => children.get(node) as number);
  const before = pids.map(processorMs);
  const report = await load(plan);
  const used = pids.map((pid, index) => ((processorMs(pid) - (before[index] as number)) * 1_000) / report.answered);
  return { ...report, processorUs: Object.fromEntries(nodes.map((node, index) => [node, used[index] as number])) };
}

/** Throws if a single request failed: figures of a run with errors are figures of nothing. */
async function load(plan: LoadPlan): Promise<LoadReport> {
  const limit = { timeout: LOAD_LIMIT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD_PROGRAM, JSON.stringify(plan)], limit);
  const report = JSON.parse(stdout) as LoadReport;
  if (report.failed > 0) throw new Error(`${report.failed} of ${report.answered} requests at ${plan.url} failed`);
  return report;
}
