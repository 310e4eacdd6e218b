import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TopologyDocument } from '../../core/topology-document.ts';
import { CodedError } from '../../errors.ts';
import { parseRuleset } from '../../ruleset/parse-ruleset.ts';
import { fleetBanner } from './fleet-banner.ts';
import { type FleetFilesParts, writeCellsConfig, writeControlConfig, writeGatewayConfig } from './fleet-files.ts';
import { type FleetLayout, fleetLayout } from './fleet-layout.ts';
import { FleetLock } from './fleet-lock.ts';
import { FLEET_USAGE, type FleetOptions, REFERENCE_RULES, readFleetOptions } from './fleet-options.ts';
import { allReady } from './fleet-readiness.ts';
import { FleetControl } from './fleet-rules.ts';
import { fleetAuthority, fleetKeySet, fleetSecrets } from './fleet-secrets.ts';
import { checkPorts } from './port-check.ts';
import { SupervisedProcess } from './supervised-process.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/ldc', import.meta.url));
/** As bin/ldc switches it on for itself; by the environment it holds for the processes' threads, too. */
const cacheDirectory = getCompileCacheDir();
const COMPILE_CACHE: Readonly<Record<string, string>> =
  cacheDirectory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cacheDirectory) };
const READY_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 8_000;

/** `ldc fleet`: brings a whole realm up on this machine and keeps it up until Ctrl-C. */
export async function runFleet(args: readonly string[]): Promise<void> {
  const options = readFleetOptions(args);
  if (options === null) {
    process.stdout.write(`${FLEET_USAGE}\n`);
    return;
  }
  mkdirSync(join(options.directory, 'logs'), { recursive: true, mode: 0o700 });
  const lock = FleetLock.take(options.directory);
  const fleet = new Fleet(options);
  const stop = async (): Promise<void> => {
    process.stdout.write('\nending all …\n');
    await fleet.stop();
    lock.release();
    process.exit(0);
  };
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      void stop();
    });
  }
  try {
    process.stdout.write(`${await fleet.start()}\n`);
  } catch (error) {
    // What Ctrl-C ends in the middle of the start is no failure; the signal's handler ends the process.
    if (isStopping) return;
    await fleet.stop();
    lock.release();
    throw error;
  }
}

/** The processes of one local realm. */
class Fleet {
  readonly #options: FleetOptions;
  readonly #processes: SupervisedProcess[] = [];
  #isStopping = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Resolves to the banner when every gateway reaches every cell. */
  async start(): Promise<string> {
    const startedAt = performance.now();
    const { directory, basePort, rules: givenRules } = this.#options;
    const secrets = fleetSecrets(directory);
    const nowMs = Date.now();
    const authority = fleetAuthority(directory, nowMs);
    const jwks = fleetKeySet(directory, nowMs);
    // The first ruleset names the realm; the store's keys lie under it.
    const rulesCopy = join(directory, 'rules.yaml');
    const likely = likelyRules(givenRules, rulesCopy);
    const { realm } = likely;
    const likelyLayout = fleetLayout(likely, this.#options);
    await checkPorts(likelyLayout);
    await this.#launch('control-1', [
      'control',
      '--config',
      writeControlConfig(this.#options, realm, likelyLayout, secrets),
    ]);
    await new FleetControl(`http://127.0.0.1:${basePort}`, secrets.operatorToken).ensureRules(givenRules, rulesCopy);
    const document = readRules(rulesCopy);
    const layout = fleetLayout(document, this.#options);
    const topology = join(directory, 'topology.json');
    writeFileSync(topology, JSON.stringify(document));
    await this.#launchAll({ options: this.#options, realm, layout, secrets, authority, jwks, nowMs }, layout, topology);
    await allReady(layout.gateways, READY_LIMIT_MS);
    return fleetBanner(document, layout, this.#options, (performance.now() - startedAt) / 1000);
  }

  /** Gateways first, so that what is open ends while its cells still run. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const [control, ...others] = this.#processes;
    await Promise.all(others.map((process) => process.stop(STOP_GRACE_MS)));
    await control?.stop(STOP_GRACE_MS);
  }

  async #launchAll(parts: FleetFilesParts, layout: FleetLayout, topology: string): Promise<void> {
    const cells = layout.cells.map((place) =>
      this.#launch(`cells-${place.dataCenter}`, ['cells', '--config', writeCellsConfig(parts, place, topology)]),
    );
    const gateways = layout.gateways.map((place) =>
      this.#launch(place.node, ['gateway', '--config', writeGatewayConfig(parts, place)]),
    );
    await Promise.all([...gateways, ...cells]);
  }

  /** Resolves when it serves; rejects when it does not in time. */
  async #launch(name: string, args: readonly string[]): Promise<void> {
    if (this.#isStopping) return;
    const logFile = join(this.#options.directory, 'logs', `${name}.log`);
    const say = (line: string): void => void process.stderr.write(`ldc fleet: ${line}\n`);
    const command = { command: process.execPath, args: [PROGRAM, ...args], environment: COMPILE_CACHE };
    const child = new SupervisedProcess({ name, ...command, logFile, say });
    this.#processes.push(child);
    const late = new Promise<never>((_, reject) => {
      const error = new CodedError('CONFIG_INVALID', `${name} does not start; its log is ${logFile}`);
      setTimeout(() => reject(error), READY_LIMIT_MS).unref();
    });
    await Promise.race([child.start(), late]);
  }
}

/** The ruleset that will run, unless an etcd has another: the given one, else what ran here before, else the reference. */
function likelyRules(given: string | null, copy: string): TopologyDocument {
  if (given !== null) return readRules(given);
  try {
    return readRules(copy);
  } catch {
    return readRules(REFERENCE_RULES);
  }
}

/** Throws CONFIG_INVALID with every mistake and its line. */
function readRules(file: string): TopologyDocument {
  const parsed = parseRuleset(readFileSync(file, 'utf8'), file);
  if (parsed.ok) return parsed.document;
  throw new CodedError('CONFIG_INVALID', parsed.mistakes.map((mistake) => mistake.message).join('\n'));
}
