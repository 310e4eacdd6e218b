import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { machineFacts } from '../machine.ts';
import { originLine } from '../page-origin.ts';
import { amount } from '../result-page.ts';
import { sourceState } from '../source-state.ts';
import { benchCertificate } from './bench-certificate.ts';
import { startCells } from './cells.ts';
import { startWithCookies } from './gateway-peer.ts';
import { installPrograms, SLOW_PROGRAMS } from './install-peers.ts';
import type { OpenLoopReport } from './open-loop.ts';
import type { RunningPeer } from './peer.ts';
import { probe } from './probe.ts';
import { wrkLoad } from './wrk-load.ts';

const USAGE = `npm run bench:slow -- [--seconds 20] [--connections 10000] [--dry]

What clients may do to a door without hurting others: slowhttptest (Debian's package, installed as root) in its four modes while
ordinary requests are sent at a fixed rate; memory of 10,000 idle connections; a flood of 768 busy ones.
Writes bench/results/slow.md and a JSON file; --dry prints only.`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = join(ROOT, 'bench', 'results');
const PROGRAM = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const DOOR_CORE = 0;
const LOAD_CORE = 1;
const RATE = 200;
const SLOW_CONNECTIONS = 1_000;
const FLOOD_CONNECTIONS = 768;
const FLOOD_SECONDS = 8;

/** slowhttptest's modes: slow heads, slow bodies, ranges (Apache Killer), slow readers. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  'slow heads (Slowloris)': ['-H', '-i', '5', '-x', '24'],
  'slow bodies (R-U-Dead-Yet)': ['-B', '-i', '5', '-s', '8192', '-x', '10'],
  'ranges (Apache Killer)': ['-R', '-a', '1', '-b', '3000'],
  'slow readers': ['-X', '-w', '512', '-y', '1024', '-n', '5', '-z', '32', '-k', '3'],
};

/** slowhttptest sends no header of its caller's choice but this one. */
const COOKIE = 'user=10000007';

interface SlowFigure {
  readonly what: string;
  readonly values: Readonly<Record<string, number>>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '10000' },
    dry: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const SECONDS = Number(values.seconds);
const CONNECTIONS = Number(values.connections);

async function main(): Promise<void> {
  const [machine, source, at] = [machineFacts(), sourceState(ROOT), new Date().toISOString()];
  await installPrograms(SLOW_PROGRAMS, say);
  const directory = mkdtempSync(join(tmpdir(), 'ldc-slow-'));
  try {
    const figures = await measureAll(directory);
    const page = pageOf(figures, originLine({ at, command: 'npm run bench:slow', machine, source }));
    if (values.dry === true) return say(page);
    writeFileSync(join(RESULTS, 'slow.md'), page);
    writeFileSync(join(RESULTS, 'slow.json'), `${JSON.stringify({ at, machine, source, figures }, null, 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureAll(directory: string): Promise<SlowFigure[]> {
  const certificate = benchCertificate(directory, Date.now());
  const cells = await startCells(directory, LOAD_CORE);
  const kind = { isLogged: true, isTls: false, isTwoHops: false };
  const own = join(directory, 'door');
  mkdirSync(own);
  const door = await startWithCookies({ kind, directory: own, cells: cells.ports, certificate, core: DOOR_CORE });
  const figures: SlowFigure[] = [];
  const keep = (figure: SlowFigure): void => {
    figures.push(figure);
    say(lineOf(figure));
  };
  try {
    await ready(door).catch((error: Error) => {
      throw new Error(`${error.message}: ${door.processes.door?.words()}`, { cause: error });
    });
    keep({ what: `nothing else: ${RATE} requests/s`, values: await ordinary(door) });
    // First, in a process whose memory nothing else has stretched yet.
    keep({ what: `${CONNECTIONS} idle connections`, values: await idle(door) });
    for (const [mode, args] of Object.entries(MODES)) {
      keep({
        what: `${mode}, ${SLOW_CONNECTIONS} connections, beside ${RATE} requests/s`,
        values: await underAttack(door, args),
      });
    }
    keep({
      what: `${FLOOD_CONNECTIONS} busy connections, as fast as they can, beside ${RATE} requests/s`,
      values: await overload(door),
    });
  } finally {
    await door.end();
    await cells.end();
  }
  return figures;
}

async function ready({ port }: RunningPeer): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  await probe({ url, users: { '10000007': 'RZ01' }, isLogged: true, hasEnded: () => false });
  // Without a user the door refuses at once, and nothing would be slow.
  const { status } = await fetch(`${url}/64k`, { headers: { cookie: COOKIE } });
  if (status !== 200) throw new Error(`what slowhttptest asks for gets ${status}`);
}

/** Ordinary requests at a fixed rate: throws if one is not served. */
async function ordinary(door: RunningPeer, seconds = SECONDS): Promise<Record<string, number>> {
  const { p50us, p99us, answered } = await openLoad(door, { perSecond: RATE, seconds, mayShed: false });
  return { served: answered, 'p50 ms': p50us / 1_000, 'p99 ms': p99us / 1_000, 'resident MiB': residentMiB(door) };
}

async function underAttack(door: RunningPeer, args: readonly string[]): Promise<Record<string, number>> {
  const url = `http://127.0.0.1:${door.port}/64k`;
  const options = [
    '-c',
    String(SLOW_CONNECTIONS),
    '-r',
    '200',
    '-l',
    String(SECONDS + 5),
    '-u',
    url,
    '-j',
    COOKIE,
    '-t',
    args[0] === '-B' ? 'POST' : 'GET',
  ];
  const attack = spawn('taskset', ['-c', String(LOAD_CORE), 'slowhttptest', ...args, ...options], { stdio: 'ignore' });
  const ended = once(attack, 'exit');
  try {
    return await ordinary(door);
  } finally {
    attack.kill('SIGTERM');
    await ended;
  }
}

async function idle(door: RunningPeer): Promise<Record<string, number>> {
  const before = residentMiB(door);
  const client = spawn(process.execPath, [PROGRAM('./idle-clients.ts'), String(door.port), String(CONNECTIONS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(client, 'exit');
  try {
    await once(client.stdout, 'data');
    const after = residentMiB(door);
    const served = await ordinary(door, 5);
    return {
      'KiB each': ((after - before) * 1_024) / CONNECTIONS,
      'p99 ms beside them': served['p99 ms'] ?? 0,
      'resident MiB': after,
    };
  } finally {
    client.kill('SIGTERM');
    await ended;
  }
}

/** What the door takes in a closed loop; then twelve times the connections, and what others get of it meanwhile. */
async function overload(door: RunningPeer): Promise<Record<string, number>> {
  const shape = { method: 'GET', path: '/', bodyBytes: 0, shards: [0, 79], connections: 64 } as const;
  const url = `http://127.0.0.1:${door.port}`;
  const { requests, us } = await wrkLoad(url, shape, FLOOD_SECONDS, LOAD_CORE);
  const flood = wrkLoad(url, { ...shape, connections: FLOOD_CONNECTIONS }, FLOOD_SECONDS + 2, LOAD_CORE, true);
  const beside = await openLoad(door, { perSecond: RATE, seconds: FLOOD_SECONDS, mayShed: true });
  const flooded = await flood;
  return {
    'capacity, requests/s': (requests * 1e6) / us,
    'answered in the flood, requests/s': (flooded.requests * 1e6) / flooded.us,
    'shed in the flood': flooded.bad,
    'shed of others': beside.shed,
    'p50 ms of others': beside.p50us / 1_000,
    'p99 ms of others': beside.p99us / 1_000,
    'resident MiB': residentMiB(door),
  };
}

async function openLoad(
  door: RunningPeer,
  load: { readonly perSecond: number; readonly seconds: number; readonly mayShed: boolean },
): Promise<OpenLoopReport> {
  const plan = JSON.stringify({ port: door.port, connections: 64, shards: [0, 79], ...load });
  const command = ['-c', String(LOAD_CORE), process.execPath, PROGRAM('./open-loop.ts'), plan];
  return JSON.parse((await promisify(execFile)('taskset', command)).stdout) as OpenLoopReport;
}

const residentMiB = (door: RunningPeer): number =>
  Object.values(door.processes).reduce((sum, process) => sum + process.residentKiB(), 0) / 1_024;

const lineOf = ({ what, values: of }: SlowFigure): string =>
  `${what}: ${Object.entries(of)
    .map(([name, value]) => `${name} ${amount(value)}`)
    .join(', ')}`;

function pageOf(figures: readonly SlowFigure[], facts: string): string {
  const rows = figures.map(
    ({ what, values: of }) =>
      `| ${what} | ${Object.entries(of)
        .map(([name, value]) => `${name}: ${amount(value)}`)
        .join('; ')} |`,
  );
  return `${['# What clients may do to a door', '', '| what | figures |', '|---|---|', ...rows, '', facts].join('\n')}\n`;
}

if (values.help === true) say(USAGE);
else await main();
