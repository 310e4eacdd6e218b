import type { TestContext } from 'node:test';
import { type DoorPipeline, doorPipeline } from '../../../../test/support/door-pipeline.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { machineClock } from '../../../../test/support/machine-clock.ts';
import { RawClient } from '../../../../test/support/raw-client.ts';
import { RecordingCell } from '../../../../test/support/recording-cell.ts';
import { route, threeCitiesTable } from '../../../../test/support/three-cities.ts';
import type { RouteDocument } from '../../../core/topology-document.ts';
import { DEFAULT_CELL_SETTINGS } from '../../cells/cell-settings.ts';
import { CellUpstream } from '../../cells/cell-upstream.ts';
import type { DoorSettings } from '../door-settings.ts';
import type { ConformanceDoor, StartDoor } from './conformance-case.ts';

export interface BenchOptions {
  readonly route?: Partial<RouteDocument>;
  readonly settings?: Partial<DoorSettings>;
}

/** A lane, the real pipeline and guard, a real way to a cell, and a cell that records every byte. */
export class ConformanceBench {
  readonly door: ConformanceDoor;
  readonly cell: RecordingCell;
  readonly ends: DoorPipeline['ends'];
  readonly #cells: CellUpstream;
  readonly #clients: RawClient[] = [];

  private constructor(door: ConformanceDoor, cell: RecordingCell, cells: CellUpstream, ends: DoorPipeline['ends']) {
    this.door = door;
    this.cell = cell;
    this.ends = ends;
    this.#cells = cells;
  }

  /** Ends with the test. */
  static async start(test: TestContext, startDoor: StartDoor, options: BenchOptions = {}): Promise<ConformanceBench> {
    const cell = await RecordingCell.start();
    const address = { host: '127.0.0.1', port: cell.port };
    const cells = new CellUpstream({ address, tls: null, settings: DEFAULT_CELL_SETTINGS, clock: machineClock });
    const table = threeCitiesTable({
      routes: [
        route({ name: 'catalog', path: '/catalog/*', kind: 'C', identity: [] }),
        route({ timeouts: { ...route({}).timeouts, requestMs: 30_000 }, ...options.route }),
      ],
    });
    const { pipeline, ends } = doorPipeline({ table, cells });
    const door = await startDoor(pipeline, { drainIdleMs: 1, drainMs: 200, lingerMs: 200, ...options.settings });
    const bench = new ConformanceBench(door, cell, cells, ends);
    test.after(() => bench.#close());
    return bench;
  }

  async connect(allowHalfOpen = true): Promise<RawClient> {
    const client = await RawClient.connect(this.door.port, allowHalfOpen);
    this.#clients.push(client);
    return client;
  }

  /** The next request that reaches the cell whole, after `count` others. */
  async reached(count = 0): Promise<RecordingCell['requests'][number]> {
    return eventually('a request reaches the cell', () => this.cell.requests[count]);
  }

  async #close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.door.drain();
    await this.#cells.close(0);
    await this.cell.close();
  }
}
