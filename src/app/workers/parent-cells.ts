import type { Registry } from 'prom-client';
import type { Timer } from '../../core/clock.ts';
import { cellMetrics } from '../../gateway/cell-metrics.ts';
import { CellPool } from '../../gateway/cells/cell-pool.ts';
import { systemResolver } from '../../gateway/cells/dns-resolver.ts';
import { type CellReport, cellReportsOf } from '../../gateway/workers/told-cells.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { SYSTEM_CLOCK as clock } from '../system-clock.ts';
import { SYSTEM_RANDOM as random } from '../system-random.ts';

/** Instances that went, by their name's resolution or their silence, are noticed by a look this often, ms; all else at once. */
const LOOK_MS = 250;

/** The cells of a gateway with workers: names, heartbeats and active checks happen once, here; requests at the workers. */
export class ParentCells {
  readonly pool: CellPool;
  readonly #report: (cells: readonly CellReport[]) => void;
  #timer: Timer | null = null;
  #soon: Timer | null = null;

  /** `report` may be told the same twice. */
  constructor(config: GatewayConfig, registry: Registry, report: (cells: readonly CellReport[]) => void) {
    this.#report = report;
    // Requests are at the workers, and so is what they count of a cell.
    const observer = { ...cellMetrics(registry, () => []) };
    const { checked } = observer;
    observer.checked = (cell, instance, passed) => {
      checked(cell, instance, passed);
      this.lookSoon();
    };
    this.pool = new CellPool({ settings: config.cells, clock, random, resolver: systemResolver, observer });
    this.#look();
  }

  /** Something changed, or is about to within this turn of the event loop. */
  lookSoon(): void {
    this.#soon ??= clock.setTimer(0, () => this.#tell());
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#soon?.cancel();
    await this.pool.close(0);
  }

  #look(): void {
    this.#timer = clock.setTimer(LOOK_MS, () => {
      this.#tell();
      this.#look();
    });
  }

  #tell(): void {
    this.#soon?.cancel();
    this.#soon = null;
    this.#report(cellReportsOf(this.pool.status()));
  }
}
