import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority } from '../../src/app/certificate-authority.ts';
import {
  type FleetFilesParts,
  writeCellsConfig,
  writeControlConfig,
  writeGatewayConfig,
} from '../../src/app/fleet/fleet-files.ts';
import type { FleetOptions } from '../../src/app/fleet/fleet-options.ts';
import {
  type FleetSecrets,
  fleetAuthority,
  fleetKeySet,
  fleetSecrets,
  writeSecret,
} from '../../src/app/fleet/fleet-secrets.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { ScenarioTopology } from '../scenario/scenario.ts';
import type { LiveLayout } from './live-layout.ts';

/** Where each listener is reached by others: through the drill's relays. */
export interface LinkEndpoints {
  /** `host:port` of the interlink of a gateway, by node. */
  readonly interlinks: ReadonlyMap<string, string>;
  /** `host:port` of the cells' process, by data center. */
  readonly cells: ReadonlyMap<string, string>;
  /** `host:port` of the store's members, for clients. */
  readonly members: readonly string[];
}

type Json = Record<string, unknown>;

/** One machine is all data centers here: a data gate that is only slow must not look like one that is gone. */
const PATIENCE = { gateMs: 3_000, probeMs: 3_000 } as const;

/** The fleet's own configuration files, with the drill's relays in every way from one data center to another. */
export class LiveFleetFiles {
  readonly secrets: FleetSecrets;
  readonly #options: FleetOptions;
  readonly #layout: LiveLayout;
  readonly #topology: ScenarioTopology;
  readonly #endpoints: LinkEndpoints;
  readonly #parts: FleetFilesParts;

  constructor(
    options: FleetOptions,
    document: TopologyDocument,
    layout: LiveLayout,
    topology: ScenarioTopology,
    endpoints: LinkEndpoints,
  ) {
    this.#options = options;
    this.#layout = layout;
    this.#topology = topology;
    this.#endpoints = endpoints;
    const { directory } = options;
    mkdirSync(join(directory, 'logs'), { recursive: true, mode: 0o700 });
    this.secrets = fleetSecrets(directory);
    const nowMs = Date.now();
    const authority: CertificateAuthority = fleetAuthority(directory, nowMs);
    const jwks = fleetKeySet(directory, nowMs);
    this.#parts = { options, realm: document.realm, layout, secrets: this.secrets, authority, jwks, nowMs };
    writeFileSync(this.#topologyFile, JSON.stringify(document));
  }

  control(name: string): string {
    const first = writeControlConfig(this.#options, this.#parts.realm, this.#layout, this.secrets);
    const { controls, cells } = this.#layout;
    const endpoints = [...controls.values()].map((port) => `http://127.0.0.1:${port}`);
    const operator = { endpoints, token: this.secrets.operatorToken };
    writeSecret(join(this.#options.directory, 'operator.json'), JSON.stringify(operator, null, 2));
    const config = read(first);
    const gates = config.gates as Record<string, Json>;
    for (const { dataCenter } of cells) {
      const url = `http://${this.#endpoints.cells.get(dataCenter) ?? ''}`;
      gates[dataCenter] = { ...gates[dataCenter], url, acknowledges: this.#topology.acknowledge };
    }
    const operations = { ...(config.operations as Json), ...PATIENCE };
    const own = { ...config, operations, node: name, listen: { host: '127.0.0.1', port: controls.get(name) } };
    return this.#write(name, this.#withStore(own));
  }

  /** New certificate and configuration: a gateway that lost its directory needs them. */
  gateway(node: string): string {
    const place = this.#layout.gateways.find((each) => each.node === node);
    if (place === undefined) throw new Error(`no gateway ${node}`);
    const config = read(writeGatewayConfig(this.#parts, place));
    const interlink = { ...(config.interlink as Json), advertise: this.#endpoints.interlinks.get(node) };
    return this.#write(node, this.#withStore({ ...config, interlink }));
  }

  cells(dataCenter: string): string {
    const place = this.#layout.cells.find((each) => each.dataCenter === dataCenter);
    if (place === undefined) throw new Error(`no cells in ${dataCenter}`);
    const config = read(writeCellsConfig(this.#parts, place, this.#topologyFile));
    const peers = [...this.#endpoints.cells].map(([id, endpoint]) => ({ dataCenter: id, url: `http://${endpoint}` }));
    return this.#write(`cells-${dataCenter}`, { ...config, peers, acknowledge: this.#topology.acknowledge });
  }

  /** What the loss of a process's disk means; the configuration is written anew when it starts again. */
  directoryOf(process: string): string | null {
    const { directory } = this.#options;
    if (process.startsWith('cells-')) return join(directory, 'data-centers', process.slice('cells-'.length));
    if (process.startsWith('gateway-')) return join(directory, 'nodes', process);
    if (process.startsWith('store-')) return join(directory, 'store', process);
    return null;
  }

  get #topologyFile(): string {
    return join(this.#options.directory, 'topology.json');
  }

  #withStore(config: Json): Json {
    if (this.#endpoints.members.length === 0) return config;
    return { ...config, store: { ...(config.store as Json), url: `etcd://${this.#endpoints.members.join(',')}` } };
  }

  #write(name: string, config: Json): string {
    const folder = join(this.#options.directory, 'config');
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `${name}.json`);
    writeSecret(file, JSON.stringify(config, null, 2));
    return file;
  }
}

function read(file: string): Json {
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}
