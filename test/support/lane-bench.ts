import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { DEFAULT_CELL_SETTINGS } from '../../src/gateway/cells/cell-settings.ts';
import { CellUpstream } from '../../src/gateway/cells/cell-upstream.ts';
import { FastLane } from '../../src/gateway/fast-lane/fast-lane.ts';
import type { DoorCertificate } from '../../src/gateway/lanes/door-server.ts';
import { DEFAULT_DOOR_SETTINGS, type DoorSettings } from '../../src/gateway/lanes/door-settings.ts';
import { GeneralLane } from '../../src/gateway/lanes/general-lane.ts';
import { type DoorPipeline, doorPipeline } from './door-pipeline.ts';
import { machineClock } from './machine-clock.ts';
import { RawClient } from './raw-client.ts';
import { RecordingCell } from './recording-cell.ts';
import { route, threeCitiesTable } from './three-cities.ts';

export interface LaneOptions {
  readonly settings?: Partial<DoorSettings>;
  readonly certificate?: DoorCertificate | null;
  readonly proxyProtocol?: boolean;
  /** Default: the general lane. */
  readonly isFast?: boolean;
  /** CIDR blocks whose word about the client counts. */
  readonly proxies?: readonly string[];
}

export interface LaneBench {
  readonly lane: FastLane | GeneralLane;
  readonly port: number;
  readonly cell: RecordingCell;
  readonly ends: DoorPipeline['ends'];
  readonly malformed: string[];
  connect(): Promise<RawClient>;
}

/** The general lane with everything behind it, down to a recording cell; ended with the test. */
export async function laneBench(test: TestContext, options: LaneOptions = {}): Promise<LaneBench> {
  const { settings, certificate = null, proxyProtocol = false, proxies = [], isFast = false } = options;
  const cell = await RecordingCell.start();
  const address = { host: '127.0.0.1', port: cell.port };
  const cells = new CellUpstream({ address, tls: null, settings: DEFAULT_CELL_SETTINGS, clock: machineClock });
  const table = threeCitiesTable({ routes: [route({})], trust: { proxies: [...proxies], identityHeaders: 'any' } });
  const { pipeline, ends } = doorPipeline({ table, cells });
  const malformed: string[] = [];
  const lane = new (isFast ? FastLane : GeneralLane)({
    pipeline,
    clock: machineClock,
    settings: { ...DEFAULT_DOOR_SETTINGS, drainIdleMs: 1, drainMs: 200, ...settings },
    certificate,
    proxyProtocol,
    onMalformed: (code) => void malformed.push(code),
  });
  const port = await lane.listen('127.0.0.1', 0);
  const clients: RawClient[] = [];
  test.after(async () => {
    for (const client of clients) client.close();
    await lane.drain();
    await cells.close(0);
    await cell.close();
  });
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(port);
    clients.push(client);
    return client;
  };
  return { lane, port, cell, ends, malformed, connect };
}

/** A TLS client that trusts one authority; rejects if the handshake fails. */
export async function tlsClient(port: number, ca: string, maxVersion?: 'TLSv1.1'): Promise<RawClient> {
  const versions = maxVersion === undefined ? {} : { minVersion: maxVersion, maxVersion };
  const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost', ...versions });
  await once(socket, 'secureConnect');
  return new RawClient(socket);
}
