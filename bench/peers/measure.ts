import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OpenLoopPlan, OpenLoopReport } from './open-loop.ts';
import type { DoorKind, Peer, PeerPlace, RunningPeer } from './peer.ts';
import { type ProbePlan, probe } from './probe.ts';
import { type RateScenario, type Scenario, usersOf } from './scenario.ts';
import { wrkLoad } from './wrk-load.ts';

const OPEN_LOOP = fileURLToPath(new URL('./open-loop.ts', import.meta.url));
const GRACE_MS = 30_000;
/** A just-in-time compiler needs some seconds of load; every door gets them. */
const WARM_UP_SECONDS = 3;

export interface MeasurePlan {
  readonly peers: readonly Peer[];
  readonly place: Omit<PeerPlace, 'kind' | 'directory'>;
  readonly rounds: number;
  readonly seconds: number;
  readonly loadCore: number;
  /** A new directory for the files of one door. */
  directoryOf(name: string): string;
  say(line: string): void;
}

/** What one peer did in one round. */
export type Round = Readonly<Record<string, number>>;
/** Rounds by peer, in the order of the peers. */
export type Rounds = ReadonlyMap<string, readonly Round[]>;

/** Closed loop, peers in turn within each round: a busy minute falls on all. Processor times by process, µs a request. */
export async function measureScenario(plan: MeasurePlan, scenario: Scenario): Promise<Rounds> {
  const { shape, kind } = scenario;
  return interleaved(plan, kind, shape.shards, async (running, url, isWarmUp) => {
    const before = Object.values(running.processes).map((process) => process.processorMs());
    const report = await wrkLoad(url, shape, isWarmUp ? WARM_UP_SECONDS : plan.seconds, plan.loadCore);
    const used = Object.entries(running.processes).map(([name, process], index): [string, number] => {
      return [`${name} µs`, ((process.processorMs() - (before[index] ?? 0)) * 1_000) / report.requests];
    });
    const sum = used.reduce((total, [, us]) => total + us, 0);
    const perSecond = (report.requests * 1e6) / report.us;
    const mebibytes = report.bytes / 2 ** 20 / ((sum * report.requests) / 1e6);
    return {
      ...Object.fromEntries(used),
      'all µs': sum,
      'requests/s': perSecond,
      'MiB per processor second': mebibytes,
    };
  });
}

/** Open loop at a fixed rate. Microseconds. */
export async function measureRate(plan: MeasurePlan, scenario: RateScenario): Promise<Rounds> {
  const { kind, shards, connections } = scenario;
  const { seconds, loadCore } = plan;
  return interleaved(plan, kind, shards, async (running, url, isWarmUp): Promise<Round> => {
    if (isWarmUp) {
      // At a low rate some seconds are some thousand requests: a just-in-time compiler would still be at work in the last round.
      await wrkLoad(url, { method: 'GET', path: '/', bodyBytes: 0, shards, connections }, WARM_UP_SECONDS, loadCore);
      return {};
    }
    const { p50us, p90us, p99us, late99us } = await openLoopLoad(
      { ...scenario, port: running.port, seconds },
      loadCore,
    );
    return { 'p50 µs': p50us, 'p90 µs': p90us, 'p99 µs': p99us, 'load late µs': late99us };
  });
}

async function openLoopLoad(plan: OpenLoopPlan, core: number): Promise<OpenLoopReport> {
  const { port, perSecond, seconds, connections, shards } = plan;
  const text = JSON.stringify({ port, perSecond, seconds, connections, shards });
  const command = ['-c', String(core), process.execPath, OPEN_LOOP, text];
  const { stdout } = await promisify(execFile)('taskset', command, { timeout: seconds * 1_000 + GRACE_MS });
  return JSON.parse(stdout) as OpenLoopReport;
}

type Turn = (running: RunningPeer, url: string, isWarmUp: boolean) => Promise<Round>;

async function interleaved(
  plan: MeasurePlan,
  kind: DoorKind,
  shards: readonly [number, number],
  turn: Turn,
): Promise<Rounds> {
  const peers = plan.peers.filter((peer) => peer.takes(kind));
  const rounds = new Map(peers.map(({ name }): [string, Round[]] => [name, []]));
  const running = new Map<string, RunningPeer>();
  try {
    for (const peer of peers) {
      const started = await peer.start({ ...plan.place, kind, directory: plan.directoryOf(peer.name) });
      running.set(peer.name, started);
      const hasEnded = (): boolean => Object.values(started.processes).some((process) => process.hasEnded);
      await probed(started, { url: urlOf(kind, started), users: usersOf(shards), isLogged: kind.isLogged, hasEnded });
    }
    for (let round = -1; round < plan.rounds; round += 1) {
      for (const [name, started] of running) {
        const result = await turn(started, urlOf(kind, started), round < 0);
        if (round >= 0) rounds.get(name)?.push(result);
      }
      if (round >= 0) plan.say(`  round ${round + 1} of ${plan.rounds}`);
    }
  } finally {
    await Promise.all([...running.values()].map((started) => started.end()));
  }
  return rounds;
}

async function probed({ processes }: RunningPeer, plan: ProbePlan): Promise<void> {
  try {
    await probe(plan);
  } catch (error) {
    const words = Object.values(processes).map((process) => `${process.name} said:\n${process.words()}`);
    throw new Error(`${(error as Error).message}\n${words.join('\n')}`, { cause: error });
  }
}

const urlOf = (kind: DoorKind, { port }: RunningPeer): string =>
  `${kind.isTls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`;
