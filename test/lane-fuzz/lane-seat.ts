import { connect } from 'node:net';
import { DEFAULT_CELL_SETTINGS } from '../../src/gateway/cells/cell-settings.ts';
import { CellUpstream } from '../../src/gateway/cells/cell-upstream.ts';
import type { ConformanceDoor, StartDoor } from '../../src/gateway/lanes/conformance/conformance-case.ts';
import { doorPipeline } from '../support/door-pipeline.ts';
import { eventually } from '../support/eventually.ts';
import { machineClock } from '../support/machine-clock.ts';

import { route, threeCitiesTable } from '../support/three-cities.ts';
import { finalAnswers } from './final-answers.ts';
import { type CellRecord, FuzzCell } from './fuzz-cell.ts';
import type { GeneratedConnection } from './generated-connection.ts';
import { BODY_LIMIT } from './read-connection.ts';
import type { Reading } from './reading.ts';

/** What a lane did with the bytes of one connection. */
export interface Observation extends CellRecord {
  /** The lane ended the connection. */
  readonly isOver: boolean;
  /** All bytes that the client got, latin1. */
  readonly received: string;
}

/** A lane must have answered, or be waiting for more, within this. */
const LIMIT_MS = 5_000;
/** Turns of the event loop that a lane has to show that it goes on after all, where it should be waiting for more bytes. */
const TURNS = 6;

/** One lane with its own pipeline and its own cell: whatever reaches the cell came of the one message that is on its way. */
export class LaneSeat {
  readonly #door: ConformanceDoor;
  readonly #cell: FuzzCell;
  readonly #cells: CellUpstream;

  private constructor(door: ConformanceDoor, cell: FuzzCell, cells: CellUpstream) {
    this.#door = door;
    this.#cell = cell;
    this.#cells = cells;
  }

  static async start(startDoor: StartDoor): Promise<LaneSeat> {
    const cell = await FuzzCell.start();
    const address = { host: '127.0.0.1', port: cell.port };
    const cells = new CellUpstream({ address, tls: null, settings: DEFAULT_CELL_SETTINGS, clock: machineClock });
    const only = route({ identity: [{ type: 'header', name: 'x-user-id' }], limits: { bodyBytes: BODY_LIMIT } });
    const { pipeline } = doorPipeline({ table: threeCitiesTable({ routes: [only] }), cells });
    const door = await startDoor(pipeline, { drainIdleMs: 1, drainMs: 200, lingerMs: 5 });
    return new LaneSeat(door, cell, cells);
  }

  /** Sends the bytes in two parts and says what came of them; `readings` tell how long to wait. */
  async observe({ bytes, cut, ends }: GeneratedConnection, readings: readonly Reading[]): Promise<Observation> {
    const buffer = Buffer.from(bytes, 'latin1');
    const socket = connect({ port: this.#door.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let received = '';
    let isOver = false;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const over = (): void => {
      isOver = true;
      end();
    };
    const wanted = readings.filter(({ kind }) => kind === 'served' || kind === 'unserved').length;
    const mayWait = readings.at(-1)?.kind === 'unfinished' || readings.at(-1)?.kind === 'stray';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (mayWait && finalAnswers(received, readings, isOver).length >= wanted) end();
    });
    socket.on('error', over).on('end', over).on('close', over);
    await new Promise<void>((resolve) => void socket.once('connect', resolve).once('error', () => resolve()));
    if (socket.writable) socket.write(buffer.subarray(0, cut));
    await turns(2);
    if (socket.writable && ends) socket.end(buffer.subarray(cut));
    else if (socket.writable) socket.write(buffer.subarray(cut));
    if (mayWait && wanted === 0) end();
    const limit = machineClock.setTimer(LIMIT_MS, end);
    await ended;
    limit.cancel();
    if (mayWait) await turns(TURNS);
    const result = { isOver, received };
    socket.resetAndDestroy();
    await this.#settle();
    return { ...result, ...this.#cell.take() };
  }

  async close(): Promise<void> {
    await this.#door.drain();
    await this.#cells.close(0);
    await this.#cell.close();
  }

  /** A request that broke off is on its way to its end at the cell: the next message must not be blamed for it. */
  async #settle(): Promise<void> {
    await turns(2);
    if (!this.#cell.isQuiet) await eventually('requests that broke off end at the cell', () => this.#cell.isQuiet);
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}
