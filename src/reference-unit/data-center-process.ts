import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../core/clock.ts';
import { cellsOf } from './cell-context.ts';
import { CellInstance } from './cell-instance.ts';
import type { CellServices } from './cell-routes.ts';
import { CopyPlacement } from './copy-placement.ts';
import { GateRows } from './gate-rows.ts';
import { Heartbeat, type RegisteredInstance } from './heartbeat.ts';
import { InFlight } from './in-flight.ts';
import { JsonClient } from './json-client.ts';
import { openLedgerDatabase } from './ledger-database.ts';
import { LedgerGate } from './ledger-gate.ts';
import { LedgerService } from './ledger-service.ts';
import { ProcessListener } from './process-listener.ts';
import { type CompleteOptions, completeOptions, type DataCenterCellsOptions, type Peer } from './process-options.ts';
import { Replication } from './replication.ts';
import type { ReplicationReport } from './replication-report.ts';
import { ShardLog } from './shard-log.ts';

/** Time for DELETE at the gateways when the process stops. */
const DEREGISTER_MS = 1_000;

export interface RunningInstance extends RegisteredInstance {
  readonly unit: string;
  readonly kind: 'R' | 'G' | 'C';
}

/** All cells of one data center, running. */
export interface DataCenterCells {
  readonly dataCenter: string;
  /** Address of the process's own listener: give it to the other data centers' processes as their peer's. */
  readonly url: string;
  readonly instances: readonly RunningInstance[];
  /** Replaces the list of the other data centers' processes. */
  setPeers(peers: readonly Peer[]): void;
  replication(): ReplicationReport;
  /**
   * Deregisters, takes no new connections, finishes what is in flight for at most `limitMs` (default 10,000), closes the
   * database. Safe to call twice.
   */
  stop(limitMs?: number): Promise<void>;
}

/**
 * Runs every cell of one data center in this process, on that data center's own directory: the loss of a data center is the
 * loss of both. Rejects if the options, the directory or a port are not usable; nothing is left open then.
 */
export async function startDataCenterCells(given: DataCenterCellsOptions): Promise<DataCenterCells> {
  const options = completeOptions(given);
  const database = openLedgerDatabase(options.directory, options.dataCenter, options.durability);
  const parts = assemble(options, database);
  try {
    const port = await parts.listener.listen(options.host, options.processPort);
    // Before the first request can come: without its peers a write would be acknowledged without its copies.
    parts.replication.setPeers(options.peers);
    const running = await Promise.all(parts.instances.map((each) => listen(each, options)));
    const heartbeat = startHeartbeat(running, parts.client, options);
    let stopping: Promise<void> | null = null;
    return {
      dataCenter: options.dataCenter,
      url: `http://${hostInUrl(options.host)}:${port}`,
      instances: running,
      setPeers: (peers) => parts.replication.setPeers(peers),
      replication: () => parts.replication.report(),
      stop: (limitMs = 10_000) => (stopping ??= stop(parts, heartbeat, database, limitMs)),
    };
  } catch (error) {
    await stop(parts, null, database, 0);
    throw error;
  }
}

interface Parts {
  readonly clock: Clock;
  readonly client: JsonClient;
  readonly replication: Replication;
  readonly inFlight: InFlight;
  readonly listener: ProcessListener;
  readonly instances: readonly { readonly instance: CellInstance; readonly port: number }[];
}

function assemble(options: CompleteOptions, database: DatabaseSync): Parts {
  const {
    clock,
    log,
    dataCenter: self,
    peerToken: token,
    gateToken,
    topology,
    replication: settings,
    limits,
  } = options;
  const placement = new CopyPlacement(topology);
  const bornHere = new Set(placement.homePrimaries(self));
  const shardLog = new ShardLog(database, (shard) => bornHere.has(shard));
  const gates = new GateRows(database);
  const client = new JsonClient(clock);
  const inFlight = new InFlight(clock);
  const tables = { database, log: shardLog, gates };
  const replication = new Replication({ clock, client, token, self, tables, placement, settings });
  const services = { self, database, shardLog, gates, replication };
  const ledger = new LedgerService({ ...services, clock, log, client, token, settings });
  const gate = new LedgerGate({ ...services, clock, ledger, client, token, settings, placement });
  const listener = new ProcessListener({ ...services, ledger, gate, inFlight }, { peerToken: token, gateToken }, log);
  const cellServices: CellServices = { clock, ledger, inFlight, limits };
  const instances = cellsOf(topology, self).flatMap((own) =>
    Array.from({ length: options.instancesPerCell }, (_, index) => ({
      instance: new CellInstance(own, `${own.cell}-${index + 1}`, cellServices, log),
      port: options.instancePorts[own.cell]?.[index] ?? 0,
    })),
  );
  return { clock, client, replication, inFlight, listener, instances };
}

async function listen(
  { instance, port }: Parts['instances'][number],
  { host }: CompleteOptions,
): Promise<RunningInstance> {
  const { cell, unit, kind } = instance.own;
  const address = `${hostInUrl(host)}:${await instance.listen(host, port)}`;
  return { cell, unit, kind, instance: instance.name, address };
}

function startHeartbeat(
  instances: readonly RunningInstance[],
  client: JsonClient,
  options: CompleteOptions,
): Heartbeat | null {
  const { clock, log, gateways: target, heartbeatMs: intervalMs, instanceWeight } = options;
  if (target === null) return null;
  const heartbeat = new Heartbeat(instances, {
    clock,
    client,
    log,
    target,
    intervalMs,
    weight: instanceWeight ?? null,
  });
  heartbeat.start();
  return heartbeat;
}

/** The order matters: replication and the process's listener stay until the last write in flight got its copies. */
async function stop(parts: Parts, heartbeat: Heartbeat | null, database: DatabaseSync, limitMs: number): Promise<void> {
  const endMs = parts.clock.monotonicMs() + limitMs;
  await heartbeat?.stop(Math.min(DEREGISTER_MS, limitMs));
  for (const { instance } of parts.instances) instance.beginStop();
  await parts.inFlight.drained(Math.max(0, endMs - parts.clock.monotonicMs()));
  // Writes that other cells passed on; their senders find the listener closed afterwards and know that nothing was executed.
  await parts.listener.idle(parts.clock, Math.max(0, endMs - parts.clock.monotonicMs()));
  for (const { instance } of parts.instances) instance.endStop();
  parts.replication.stop();
  parts.listener.close();
  parts.client.close();
  // Handlers that were cut off may still want to read: they find a closed database and their client gone.
  database.close();
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
