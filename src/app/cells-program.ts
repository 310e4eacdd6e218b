import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import type { TopologyDocument } from '../core/topology-document.ts';
import { startDataCenterCells } from '../reference-unit/data-center-process.ts';
import type { Peer } from '../reference-unit/process-options.ts';
import { readConfig } from './config-reader.ts';
import { liveAs } from './process-life.ts';
import { readConfigFile } from './read-config-file.ts';
import { SYSTEM_CLOCK } from './system-clock.ts';

/** Configuration of the reference unit's process of one data center; the local fleet writes it. */
interface CellsConfig {
  readonly dataCenter: string;
  readonly directory: string;
  /** File with the compiled ruleset as JSON, as `/v1/topology` has it. */
  readonly topology: string;
  readonly port: number;
  readonly peers: readonly Peer[];
  readonly peerToken: string;
  readonly gateways: readonly string[];
  readonly registrationToken: string;
  readonly instancesPerCell: number;
  readonly instancePorts: Readonly<Record<string, readonly number[]>>;
  readonly acknowledge: string;
}

function readCellsConfig(value: unknown, source: string): CellsConfig {
  return readConfig(value, source, (config) => ({
    dataCenter: config.name('dataCenter'),
    directory: config.text('directory'),
    topology: config.text('topology'),
    port: config.port('port'),
    peers: config.any('peers', []) as readonly Peer[],
    peerToken: config.text('peerToken', { minLength: 16 }),
    gateways: config.texts('gateways'),
    registrationToken: config.text('registrationToken', { minLength: 16 }),
    ...config.numbers({ instancesPerCell: 1 }),
    instancePorts: config.any('instancePorts', {}) as Record<string, readonly number[]>,
    acknowledge: config.optionalText('acknowledge') ?? 'same-city',
  }));
}

/** `ldc cells --config FILE`: the reference unit's cells of one data center, for the local fleet and for drills. */
export async function runCells(configFile: string): Promise<void> {
  const config = readCellsConfig(readConfigFile(configFile), configFile);
  const log = pino({ base: { program: 'cells', dataCenter: config.dataCenter } });
  const topology = JSON.parse(readFileSync(config.topology, 'utf8')) as TopologyDocument;
  const cells = await startDataCenterCells({
    clock: SYSTEM_CLOCK,
    log,
    dataCenter: config.dataCenter,
    directory: config.directory,
    topology,
    peers: config.peers,
    peerToken: config.peerToken,
    processPort: config.port,
    instancesPerCell: config.instancesPerCell,
    instancePorts: config.instancePorts,
    gateways: { urls: config.gateways, token: config.registrationToken },
    replication: { acknowledge: config.acknowledge as 'local' | 'same-city' | 'remote' },
  });
  log.info({ url: cells.url, instances: cells.instances.length }, 'cells started');
  liveAs({ stop: () => cells.stop() }, { process: Number(new URL(cells.url).port) }, log);
}
