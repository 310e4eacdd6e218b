import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority } from '../certificate-authority.ts';
import type { CellsPlace, FleetLayout, GatewayPlace } from './fleet-layout.ts';
import type { FleetOptions } from './fleet-options.ts';
import { FLEET_ISSUER, type FleetSecrets, nodeCertificate, tokenFile, writeSecret } from './fleet-secrets.ts';

/** What the processes' configurations are made of. */
export interface FleetFilesParts {
  readonly options: FleetOptions;
  readonly realm: string;
  readonly layout: FleetLayout;
  readonly secrets: FleetSecrets;
  readonly authority: CertificateAuthority;
  readonly jwks: string;
  readonly nowMs: number;
}

const HOST = '127.0.0.1';
/** On one machine nobody stands in front of the doors who must notice first. */
const DRAIN = { drainIdleMs: 200, drainMs: 5_000 };

/** Writes the configuration of the control process; returns its file. */
export function writeControlConfig(
  options: FleetOptions,
  realm: string,
  { controlPort, cells }: FleetLayout,
  secrets: FleetSecrets,
): string {
  const { directory } = options;
  const tokens = join(directory, 'tokens.json');
  writeSecret(tokens, tokenFile(secrets));
  const endpoints = [`http://${HOST}:${controlPort}`];
  writeSecret(join(directory, 'operator.json'), JSON.stringify({ endpoints, token: secrets.operatorToken }, null, 2));
  const config = {
    node: 'control-1',
    realm,
    store: storeConfig(options),
    listen: { host: HOST, port: controlPort },
    tokens,
    gates: Object.fromEntries(cells.map((place) => [place.dataCenter, gateOf(place, options, secrets)])),
    operations: { horizonMs: options.guardHorizonMs },
  };
  return writeConfig(directory, 'control-1', config);
}

/** The ledger's gate listens where the data center's other processes reach it. */
function gateOf({ port }: CellsPlace, { acknowledge }: FleetOptions, { peerToken }: FleetSecrets): object {
  return { url: `http://${HOST}:${port}`, token: peerToken, acknowledges: acknowledge };
}

/** Writes certificate and configuration of one gateway; returns the configuration's file. */
export function writeGatewayConfig(parts: FleetFilesParts, place: GatewayPlace): string {
  const { options, realm, secrets, authority, jwks, nowMs } = parts;
  const { node, dataCenter } = place;
  const directory = join(options.directory, 'nodes', node);
  const files = nodeCertificate(authority, directory, { realm, dataCenter, node }, nowMs);
  return writeConfig(options.directory, node, {
    node,
    realm,
    dataCenter,
    directory,
    store: storeConfig(options),
    door: { host: HOST, port: place.door, debugHeaders: true, ...DRAIN, ...(options.hasTls && { tls: files }) },
    admin: { host: HOST, port: place.admin, token: secrets.registrationToken },
    interlink: { host: HOST, port: place.interlink, ca: join(options.directory, 'ca.pem'), ...files },
    ...(options.redis !== null && { redis: { url: options.redis } }),
    identity: { jwtIssuers: { [FLEET_ISSUER]: { jwks: `file:${jwks}` } } },
    // Four reads within a horizon, as by default.
    guard: { horizonMs: options.guardHorizonMs, readMs: Math.floor(options.guardHorizonMs / 4) },
    // Instances on one machine are checked at once and need no warming up.
    cells: { slowStartMs: 1 },
    ...(options.workers > 0 && { workers: { count: options.workers } }),
  });
}

/** Writes the configuration of one data center's cells; returns its file. */
export function writeCellsConfig(parts: FleetFilesParts, place: CellsPlace, topology: string): string {
  const { options, layout, secrets } = parts;
  const { dataCenter } = place;
  return writeConfig(options.directory, `cells-${dataCenter}`, {
    dataCenter,
    directory: join(options.directory, 'data-centers', dataCenter),
    topology,
    port: place.port,
    peers: layout.cells.map((other) => ({ dataCenter: other.dataCenter, url: `http://${HOST}:${other.port}` })),
    peerToken: secrets.peerToken,
    gateways: layout.gateways
      .filter((gateway) => gateway.dataCenter === dataCenter)
      .map((gateway) => `http://${HOST}:${gateway.admin}`),
    registrationToken: secrets.registrationToken,
    instancesPerCell: options.instances,
    instancePorts: place.instancePorts,
    acknowledge: options.acknowledge,
  });
}

function storeConfig(options: FleetOptions): object {
  const { storeUser, storePasswordFile, storeCa, storeCert, storeKey } = options;
  const url = options.store ?? `embedded:${join(options.directory, 'store.db')}`;
  const optional = { user: storeUser, passwordFile: storePasswordFile, ca: storeCa, cert: storeCert, key: storeKey };
  return { url, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)) };
}

function writeConfig(directory: string, name: string, config: object): string {
  const folder = join(directory, 'config');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${name}.json`);
  writeSecret(file, JSON.stringify(config, null, 2));
  return file;
}
