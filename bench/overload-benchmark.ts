import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, type FigureUnit, figure, type Target } from './figure.ts';
import { LOAD_CORE, type OverloadDoor, overloadDoor } from './overload/overload-door.ts';
import type { PathReport, PriorityPlan, PriorityReport } from './overload/priority-load.ts';

const PROGRAM = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const IDLE_CLIENTS = PROGRAM('./peers/idle-clients.ts');

/** 20 at once, 20 ms each: 1,000 requests a second. */
const CAPACITY = { places: 20, serviceMs: 20 };
const PER_SECOND = (CAPACITY.places * 1_000) / CAPACITY.serviceMs;
/** Of five requests one is important, three are ordinary and one is unimportant. */
const PATHS = ['/pay', '/', '/', '/', '/report'];
const PRIORITIES = { '/pay': 'priority 0', '/': 'priority 5', '/report': 'priority 9' } as const;
/** What the wait at a full cell may add: cells.queueBusyMs, and some for the machine. */
const ADMITTED: Target = { bound: 'at most', value: 200 };
const IMPORTANT: Target = { bound: 'at most', value: 100 };
const NONE_LOST: Target = { bound: 'at most', value: 0 };

const EXTENT = {
  full: { seconds: 20, warmUpSeconds: 5, connections: 1_024, idle: 10_000, slow: 1_000 },
  tiny: { seconds: 1, warmUpSeconds: 0, connections: 200, idle: 50, slow: 20 },
} as const;

type Say = (line: string) => void;

/** What a full cell costs those who are served, and what clients may do to a door. */
export const overloadBenchmark: Benchmark = {
  name: 'overload',
  title: 'Three times what a cell can do',
  what:
    'A gateway in front of one cell that works on 20 requests at once, 20 ms each: 1,000 requests a second, its `maxConcurrent` is 20. ' +
    'Open-loop load, each time from when the request was due: a fifth of priority 0, three fifths of 5, a fifth of 9. Shed: 503 with ' +
    '`Retry-After`. Then 10,000 idle keep-alive connections, and 1,000 clients that send a body byte by byte beside ordinary requests.',
  run: overloadFigures,
};

async function overloadFigures(scale: Scale, say: Say): Promise<Figure[]> {
  const door = await overloadDoor(CAPACITY);
  try {
    // Idle connections first, in a process whose memory no load has stretched yet.
    const idle = await idleFigures(door, scale);
    say('idle connections: done');
    const below = await loadFigures(door, scale, 0.8, say);
    const above = await loadFigures(door, scale, 3, say);
    say('load: done');
    const memory = one('after it: resident memory of the gateway', 'MiB', door.process.residentKiB() / 1_024);
    return [...below, ...above, memory, ...idle, ...(await slowFigures(door, scale))];
  } finally {
    await door.end();
  }
}

function one(name: string, unit: FigureUnit, value: number, target?: Target): Figure {
  return figure({ name, unit, values: [value], ...(target === undefined ? {} : { target }) });
}

async function loadFigures(door: OverloadDoor, scale: Scale, times: number, say: Say): Promise<Figure[]> {
  const { seconds, warmUpSeconds, connections } = EXTENT[scale];
  const plan = { port: door.port, perSecond: PER_SECOND * times, seconds, warmUpSeconds, connections, paths: PATHS };
  const { paths, late99Ms } = await load(plan);
  for (const [path, { failed }] of Object.entries(paths))
    if (Object.keys(failed).length > 0) say(`${times} ×, ${path}: ${JSON.stringify(failed)}`);
  const counted = seconds - warmUpSeconds;
  const all = Object.values(paths);
  const name = `${times} × its capacity`;
  return [
    one(`${name}: served a second`, 'requests/s', sum(all, ({ served }) => served) / counted),
    ...failureFigures(name, all),
    ...Object.entries(PRIORITIES).flatMap(([path, called]) => pathFigures(`${name}, ${called}`, path, paths, times)),
    one(`${name}: lateness of the load itself, 99 % (in the times above)`, 'ms', late99Ms),
  ];
}

function pathFigures(name: string, path: string, paths: PriorityReport['paths'], times: number): Figure[] {
  const report = paths[path];
  if (report === undefined) return [];
  const isAlone = times <= 1;
  const shed = one(`${name}: shed`, '%', shedShare(report), isAlone || path === '/pay' ? NONE_LOST : undefined);
  // Of the least important almost none is served.
  if (report.served === 0) return [shed];
  return [
    shed,
    one(`${name}: half of those served within`, 'ms', report.p50Ms),
    one(`${name}: 99 % of those served within`, 'ms', report.p99Ms, path === '/pay' ? IMPORTANT : ADMITTED),
    one(`${name}: all of those served within`, 'ms', report.maxMs),
  ];
}

const shedShare = ({ served, shed }: PathReport): number => (shed * 100) / Math.max(1, served + shed);
const failures = ({ failed }: PathReport): number => Object.values(failed).reduce((total, count) => total + count, 0);

/** All that were neither served nor shed, then by what became of them. */
function failureFigures(name: string, reports: readonly PathReport[]): Figure[] {
  const causes = [...new Set(reports.flatMap(({ failed }) => Object.keys(failed)))].sort();
  return [
    one(`${name}: neither served nor shed`, 'requests', sum(reports, failures), NONE_LOST),
    ...causes.map((cause) =>
      one(
        `${name}: ${cause}`,
        'requests',
        sum(reports, ({ failed }) => failed[cause] ?? 0),
      ),
    ),
  ];
}

const sum = (reports: readonly PathReport[], of: (report: PathReport) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);

async function load(plan: PriorityPlan): Promise<PriorityReport> {
  const command = [
    '-c',
    String(LOAD_CORE),
    process.execPath,
    PROGRAM('./overload/priority-load.ts'),
    JSON.stringify(plan),
  ];
  return JSON.parse((await promisify(execFile)('taskset', command)).stdout) as PriorityReport;
}

async function idleFigures(door: OverloadDoor, scale: Scale): Promise<Figure[]> {
  const count = EXTENT[scale].idle;
  // A process that has served connections before has the heap for it; what counts is what stays of each.
  await beside(IDLE_CLIENTS, [String(door.port), String(count / 5)], () => []);
  const before = door.process.residentKiB();
  return beside(IDLE_CLIENTS, [String(door.port), String(count)], () => {
    const each = (door.process.residentKiB() - before) / count;
    const name = `${count.toLocaleString('en-US')} idle connections: resident memory of each`;
    // It may shrink meanwhile where there are few.
    return [one(name, 'KiB', Math.max(0, each), { bound: 'at most', value: 8 })];
  });
}

async function slowFigures(door: OverloadDoor, scale: Scale): Promise<Figure[]> {
  const { seconds, slow } = EXTENT[scale];
  const plan = {
    port: door.port,
    perSecond: PER_SECOND / 4,
    seconds,
    warmUpSeconds: 0,
    connections: 256,
    paths: ['/'],
  };
  return beside(PROGRAM('./overload/slow-senders.ts'), [String(door.port), String(slow), '1000'], async () => {
    const { paths } = await load(plan);
    const report = paths['/'] as PathReport;
    const name = `${slow.toLocaleString('en-US')} slow senders, beside them ${plan.perSecond} requests a second`;
    return [
      one(`${name}: shed`, '%', shedShare(report), { bound: 'at most', value: 1 }),
      ...failureFigures(name, [report]),
      one(`${name}: 99 % of those served within`, 'ms', report.p99Ms),
    ];
  });
}

/** Measures while a program runs that has said a first word. */
async function beside(
  program: string,
  args: readonly string[],
  measure: () => Figure[] | Promise<Figure[]>,
): Promise<Figure[]> {
  const command = ['-c', String(LOAD_CORE), process.execPath, program, ...args];
  const child = spawn('taskset', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    await Promise.race([once(child.stdout, 'data'), ended]);
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    return await measure();
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
