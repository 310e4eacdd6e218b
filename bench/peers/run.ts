import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machineFacts } from '../machine.ts';
import { type Result, writeResult } from '../result.ts';
import { sourceState } from '../source-state.ts';
import { benchCertificate } from './bench-certificate.ts';
import { startCells } from './cells.ts';
import { gatewayPeer } from './gateway-peer.ts';
import { installPrograms, PEER_PROGRAMS, peerVersions } from './install-peers.ts';
import { type MeasurePlan, measureRate, measureScenario } from './measure.ts';
import { caddyPeer, fastifyPeer, haproxyPeer, nginxPeer } from './other-peers.ts';
import type { Peer } from './peer.ts';
import { peersChart } from './peers-chart.ts';
import { peersPage } from './peers-page.ts';
import { figuresOf, type ScenarioResult } from './peers-result.ts';
import { RATE_SCENARIOS, SCENARIOS } from './scenario.ts';

const PEERS: readonly Peer[] = [nginxPeer, haproxyPeer, gatewayPeer, caddyPeer, fastifyPeer];
const NAMES = [...SCENARIOS, ...RATE_SCENARIOS].map(({ name }) => name);
const USAGE = `npm run bench:peers -- [SCENARIO ...] [--peers NAME,...] [--rounds 5] [--seconds 3] [--dry]

Installs nginx, HAProxy, Caddy and wrk from Debian's packages (as root; says so first), and measures them beside the gateway.
Scenarios: ${NAMES.join(', ')} (default: all). Doors: ${PEERS.map(({ name }) => name).join(', ')}.
Writes bench/results: a table (peers.md), a chart (peers.svg) and all values (JSON); --dry prints the table only.`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = join(ROOT, 'bench', 'results');
const DOOR_CORE = 0;
const LOAD_CORE = 1;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const { values, positionals } = parseArgs({
  options: { peers: text, rounds: text, seconds: text, dry: flag, help: flag },
  allowPositionals: true,
});
if (values.help === true) say(USAGE);
else await main();

async function main(): Promise<void> {
  const unknown = positionals.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  if (availableParallelism() < 2) throw new Error('the doors and the load need a core each: this machine has one');
  const [machine, source, at] = [machineFacts(), sourceState(ROOT), new Date().toISOString()];
  await installPrograms(PEER_PROGRAMS, say);
  const results = await inDirectory(measureAll);
  const rounds = Number(values.rounds ?? 5);
  const seconds = Number(values.seconds ?? 3);
  const command = ['npm run bench:peers', ...(positionals.length > 0 ? ['--', ...positionals] : [])].join(' ');
  const page = peersPage(results, { at, command, machine, source, versions: peerVersions(), rounds, seconds });
  if (values.dry === true) return say(page);
  const result: Result = {
    ...{ format: 1, name: 'peers', title: 'The gateway beside its peers', at, command, source, machine },
    what: `Medians of ${rounds} interleaved rounds of ${seconds} s; one core for the door, one for load and cells; see bench/peers.`,
    figures: figuresOf(results),
  };
  say(`bench/results/${writeResult(RESULTS, result)}`);
  writeFileSync(join(RESULTS, 'peers.md'), page);
  writeFileSync(join(RESULTS, 'peers.svg'), peersChart(results));
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-peers-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureAll(directory: string): Promise<ScenarioResult[]> {
  const certificate = benchCertificate(directory, Date.now());
  const cells = await startCells(directory, LOAD_CORE);
  let count = 0;
  const plan: MeasurePlan = {
    peers: PEERS.filter(({ name }) => values.peers === undefined || values.peers.split(',').includes(name)),
    place: { cells: cells.ports, certificate, core: DOOR_CORE },
    rounds: Number(values.rounds ?? 5),
    seconds: Number(values.seconds ?? 3),
    loadCore: LOAD_CORE,
    directoryOf: (name) => {
      count += 1;
      const own = join(directory, `${count}-${name.replace(/\W/g, '')}`);
      mkdirSync(own, { recursive: true });
      return own;
    },
    say,
  };
  const isChosen = ({ name }: { readonly name: string }): boolean =>
    positionals.length === 0 || positionals.includes(name);
  const results: ScenarioResult[] = [];
  try {
    for (const scenario of SCENARIOS.filter(isChosen)) {
      say(scenario.title);
      results.push({ ...scenario, rounds: await measureScenario(plan, scenario) });
    }
    for (const scenario of RATE_SCENARIOS.filter(isChosen)) {
      say(scenario.title);
      results.push({ ...scenario, rounds: await measureRate(plan, scenario) });
    }
  } finally {
    await cells.end();
  }
  return results;
}
