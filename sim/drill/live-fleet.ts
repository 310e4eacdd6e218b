import { mkdirSync, rmSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FleetOptions, readFleetOptions } from '../../src/app/fleet/fleet-options.ts';
import { allReady } from '../../src/app/fleet/fleet-readiness.ts';
import { FleetControl } from '../../src/app/fleet/fleet-rules.ts';
import type { OpenScenario } from '../scenario/open-scenario.ts';
import { DrillProcess } from './drill-process.ts';
import { checkEtcd, etcdArguments, isHealthy } from './etcd-command.ts';
import { freePortBlock } from './free-port-block.ts';
import { LiveFleetFiles } from './live-fleet-files.ts';
import { type LiveLayout, liveLayout, PORTS } from './live-layout.ts';
import { LiveLinks } from './live-links.ts';
import { relayNeeds } from './relay-needs.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
/** A dozen processes on a machine that other things load. */
const READY_LIMIT_MS = 150_000;
const STOP_GRACE_MS = 8_000;
const LOOK_MS = 50;

/** The processes of one live drill with the links between them. */
export class LiveFleet {
  readonly directory: string;
  readonly layout: LiveLayout;
  readonly links: LiveLinks;
  readonly #files: LiveFleetFiles;
  readonly #processes = new Map<string, DrillProcess>();
  /** What ended though nobody ended it. */
  readonly surprises: string[] = [];
  readonly #rulesFile: string;
  readonly #stopping = new AbortController();

  private constructor(directory: string, layout: LiveLayout, links: LiveLinks, files: LiveFleetFiles, rules: string) {
    this.directory = directory;
    this.layout = layout;
    this.links = links;
    this.#files = files;
    this.#rulesFile = rules;
  }

  /** Lays everything out in `directory`; nothing runs yet but the relays. Throws CLI_USAGE if etcd is needed and not there. */
  static async prepare({ scenario, topology, rulesFile }: OpenScenario, directory: string): Promise<LiveFleet> {
    if (scenario.topology.store.kind === 'etcd') checkEtcd();
    const basePort = await freePortBlock(PORTS);
    const layout = liveLayout(topology, scenario.topology, basePort);
    const links = await LiveLinks.open(layout, relayNeeds(scenario, topology));
    const options = fleetOptions(directory, basePort, scenario.topology.guardHorizonMs, rulesFile);
    const files = new LiveFleetFiles(options, topology, layout, scenario.topology, links.endpoints);
    const fleet = new LiveFleet(directory, layout, links, files, rulesFile);
    links.know(() => fleet.#pids());
    fleet.#define();
    return fleet;
  }

  get token(): string {
    return this.#files.secrets.operatorToken;
  }

  get program(): string {
    return PROGRAM;
  }

  process(name: string): DrillProcess {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return found;
  }

  /** Resolves when every gateway reaches every cell. */
  async start(): Promise<void> {
    const names = [...this.#processes.keys()];
    const of = (prefix: string): string[] => names.filter((name) => name.startsWith(prefix));
    await this.#startAll(of('store-'));
    await this.#storeHealthy();
    const [first = ''] = of('control-');
    await this.launch(first);
    const control = new FleetControl(`http://127.0.0.1:${this.layout.controlPort}`, this.token);
    await control.ensureRules(this.#rulesFile, join(this.directory, 'rules.yaml'));
    await this.#startAll([...of('control-').slice(1), ...of('cells-'), ...of('gateway-')]);
    await allReady(this.layout.gateways, READY_LIMIT_MS, this.#stopping.signal);
  }

  /** Starts a process (again) and lets others reach it. */
  async launch(name: string): Promise<void> {
    this.#writeFiles(name);
    await this.links.accept(name);
    if (this.#stopping.signal.aborted) throw new Error(`${name} is not started: everything is being ended`);
    await this.process(name).start();
  }

  async kill(name: string, losesDirectory: boolean): Promise<void> {
    await Promise.all([this.process(name).kill(), this.links.refuse(name)]);
    const directory = losesDirectory ? this.#files.directoryOf(name) : null;
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
  }

  /** SIGTERM, and started again. */
  async relaunch(name: string): Promise<void> {
    await this.process(name).stop(STOP_GRACE_MS);
    await this.launch(name);
  }

  isRunning(name: string): boolean {
    const process = this.#processes.get(name);
    return process !== undefined && process.pid !== null && !process.isPaused;
  }

  names(): string[] {
    return [...this.#processes.keys()];
  }

  /** So that what they keep on disk can be read. */
  async stopCells(): Promise<void> {
    const cells = this.names().filter((name) => name.startsWith('cells-'));
    await Promise.all(cells.map((name) => this.process(name).stop(STOP_GRACE_MS)));
  }

  /** Ends everything, gateways first, control and store last. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const stop = (names: readonly string[]): Promise<unknown> =>
      Promise.all(names.map((name) => this.process(name).stop(STOP_GRACE_MS)));
    const isBase = (name: string): boolean => name.startsWith('control-') || name.startsWith('store-');
    this.links.mendAll();
    await stop(this.names().filter((name) => !isBase(name)));
    await stop(this.names().filter((name) => name.startsWith('control-')));
    await stop(this.names().filter((name) => name.startsWith('store-')));
    await this.links.close();
  }

  /** At once, for the end of this process. */
  killNow(): void {
    for (const process of this.#processes.values()) process.killNow();
  }

  #define(): void {
    const { controls, cells, gateways, members } = this.layout;
    for (const { name } of members) this.#add(name, 'etcd', this.#memberArguments(name), false);
    const own = (name: string, program: string): void =>
      this.#add(
        name,
        process.execPath,
        [PROGRAM, program, '--config', join(this.directory, 'config', `${name}.json`)],
        true,
      );
    for (const name of controls.keys()) own(name, 'control');
    for (const { dataCenter } of cells) own(`cells-${dataCenter}`, 'cells');
    for (const { node } of gateways) own(node, 'gateway');
  }

  #add(name: string, command: string, args: readonly string[], tellsReady: boolean): void {
    const cache = getCompileCacheDir();
    const environment: Record<string, string> = cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
    const logFile = join(this.directory, 'logs', `${name}.log`);
    const onSurprise = (words: string): void => void this.surprises.push(words);
    this.#processes.set(name, new DrillProcess({ name, command, args, environment, logFile, tellsReady, onSurprise }));
  }

  #memberArguments(name: string): string[] {
    const place = this.layout.members.find((member) => member.name === name);
    const directory = this.#files.directoryOf(name);
    if (place === undefined || directory === null) throw new Error(`no member ${name}`);
    mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
    return etcdArguments(place, directory, this.links.memberPeers, this.links.memberEndpoint(name));
  }

  #writeFiles(name: string): void {
    if (name.startsWith('control-')) this.#files.control(name);
    else if (name.startsWith('gateway-')) this.#files.gateway(name);
    else if (name.startsWith('cells-')) this.#files.cells(name.slice('cells-'.length));
  }

  async #startAll(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.launch(name)));
  }

  async #storeHealthy(): Promise<void> {
    const deadline = performance.now() + READY_LIMIT_MS;
    for (const member of this.layout.members) {
      while (!(await isHealthy(member))) {
        if (performance.now() > deadline || this.#stopping.signal.aborted)
          throw new Error(`${member.name} is not healthy; log in ${this.directory}/logs`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    }
  }

  #pids(): Map<number, string> {
    const pairs = [...this.#processes.values()].flatMap(({ name, pid }): [number, string][] =>
      pid === null ? [] : [[pid, name]],
    );
    return new Map(pairs);
  }
}

function fleetOptions(directory: string, basePort: number, horizonMs: number, rules: string): FleetOptions {
  const args = [
    '--dir',
    directory,
    '--base-port',
    String(basePort),
    '--guard-horizon',
    String(horizonMs),
    '--rules',
    rules,
  ];
  const options = readFleetOptions(args);
  if (options === null) throw new Error('no options');
  return options;
}
