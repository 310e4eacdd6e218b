import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GatewayProcess } from '../test/support/gateway-process.ts';
import { childProcesses } from '../test/support/process-tree.ts';
import { type RawServer, startRawServer } from '../test/support/raw-server.ts';
import { CELL_OK } from '../test/support/recording-cell.ts';
import { WorkerRealm } from '../test/support/worker-realm.ts';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, figure } from './figure.ts';
import type { LoadPlan, LoadReport } from './load-child.ts';
import { processorMs } from './processor-time.ts';

const LOAD_PROGRAM = fileURLToPath(new URL('./load-child.ts', import.meta.url));
const LOAD_LIMIT_MS = 90_000;
const CONNECTIONS = 64;
const SECONDS = 5;
const ROUNDS = 5;
/** Of the gateway's own unit: shards 0 to 4. */
const USERS = Array.from({ length: 200 }, (_, n) => `90${n}${n % 5}`);

interface Way {
  readonly name: string;
  readonly node: string;
  readonly args: readonly string[];
}

const WAYS: readonly Way[] = [
  { name: 'one process', node: 'gateway-plain', args: [] },
  { name: '1 worker', node: 'gateway-one', args: ['--workers', '1'] },
  { name: '2 workers', node: 'gateway-two', args: ['--workers', '2'] },
];

/** Processor time of a request by the number of a gateway's processes. */
export const workersBenchmark: Benchmark = {
  name: 'workers',
  title: 'GET at a gateway of several processes',
  what:
    'Three gateways side by side, one process, a parent with 1 worker and with 2, take the same load in turn: autocannon on 64 kept connections, small GET, one cell in this ' +
    'machine. Processor time of all processes of a gateway together, a request. Load, gateways and the cell share the cores.',
  run: workerFigures,
};

async function workerFigures(scale: Scale, say: (line: string) => void): Promise<Figure[]> {
  const isFull = scale === 'full';
  const cell = await startRawServer(answerAll);
  const ends: (() => void | Promise<void>)[] = [];
  try {
    const realm = await WorkerRealm.startWith({ after: (end) => void ends.push(end) }, { e1: cell, w1: cell });
    const gateways: GatewayProcess[] = [];
    for (const { node, args } of WAYS)
      gateways.push(await GatewayProcess.start(realm, 'e1', { args, node, config: { accessLog: false } }));
    const used = WAYS.map((): number[] => []);
    const extent = isFull ? { seconds: SECONDS } : { requests: 200 };
    for (let round = isFull ? -1 : 0; round < (isFull ? ROUNDS : 1); round += 1) {
      for (const [index, gateway] of gateways.entries()) {
        const spent = await processorUs(gateway, {
          url: gateway.door,
          userIds: USERS,
          connections: CONNECTIONS,
          extent,
        });
        // The first round warms up.
        if (round >= 0) used[index]?.push(spent);
      }
      say(`round ${round + 1}: done`);
    }
    const name = (way: Way): string => `${way.name}: processor time a request`;
    return WAYS.map((way, index) => figure({ name: name(way), unit: 'µs', values: used[index] ?? [] }));
  } finally {
    for (const end of ends) await end();
    await cell.close();
  }
}

function answerAll(socket: RawServer['sockets'][number]): void {
  socket.on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => {
    const heads = chunk.toString('latin1').split('\r\n\r\n').length - 1;
    socket.write(CELL_OK.repeat(heads), 'latin1');
  });
}

/** Of all processes of the gateway, for each request of one load. Throws if one of them failed. */
async function processorUs(gateway: GatewayProcess, plan: LoadPlan): Promise<number> {
  const parent = gateway.process.pid as number;
  const pids = [parent, ...childProcesses(parent).map(({ pid }) => pid)];
  const total = (): number => pids.reduce((sum, pid) => sum + processorMs(pid), 0);
  const before = total();
  const limit = { timeout: LOAD_LIMIT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD_PROGRAM, JSON.stringify(plan)], limit);
  const report = JSON.parse(stdout) as LoadReport;
  if (report.failed > 0) throw new Error(`${report.failed} of ${report.answered} requests at ${plan.url} failed`);
  return ((total() - before) * 1_000) / report.answered;
}
