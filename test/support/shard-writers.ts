import type { DataCenterCells } from '../../src/reference-unit/data-center-process.ts';
import { askCell, type CellAnswer } from './cell-request.ts';
import { instanceOf } from './ledger-cells.ts';

/** What an edge's table says about the shard now. */
export interface ShardTable {
  dataCenter: string;
  cell: string;
  epoch: number;
}

export type Cells = Readonly<Record<string, Pick<DataCenterCells, 'instances'>>>;

/** One write as a gateway sends it by the table. */
export function writeBy(cells: Cells, table: ShardTable, id: string, amount: number): Promise<CellAnswer> {
  const { dataCenter, cell, epoch } = table;
  const process = cells[dataCenter];
  if (process === undefined) throw new Error(`no data center ${dataCenter}`);
  const says = { primary: dataCenter, 'data-center': dataCenter, epoch: String(epoch) };
  return askCell(instanceOf(process, cell), '/ledger/entries', { body: { id, amount }, says });
}

/**
 * Writers that go on through changes of the table: what is refused as not executed, or unknown, is sent again under its id
 * by the newest table. Every answer of another kind is kept.
 */
export class ShardWriters {
  readonly acknowledged = new Map<string, number>();
  readonly strange: CellAnswer[] = [];
  refused = 0;
  readonly #cells: Cells;
  readonly #table: ShardTable;
  #isStopped = false;
  #next = 0;

  constructor(cells: Cells, table: ShardTable) {
    this.#cells = cells;
    this.#table = table;
  }

  async run(writers: number): Promise<void> {
    await Promise.all(Array.from({ length: writers }, () => this.#write()));
  }

  stop(): void {
    this.#isStopped = true;
  }

  get sum(): number {
    return [...this.acknowledged.values()].reduce((sum, amount) => sum + amount, 0);
  }

  async #write(): Promise<void> {
    while (!this.#isStopped) {
      this.#next += 1;
      const [id, amount] = [`w${this.#next}`, this.#next];
      await this.#until(id, amount);
    }
  }

  async #until(id: string, amount: number): Promise<void> {
    for (;;) {
      const answer = await writeBy(this.#cells, { ...this.#table }, id, amount);
      if (answer.status < 300) {
        this.acknowledged.set(id, amount);
        return;
      }
      const mayBeSentAgain = answer.headers.has('ldc-not-executed') || answer.body?.error?.code === 'OUTCOME_UNKNOWN';
      if (!mayBeSentAgain) {
        this.strange.push(answer);
        return;
      }
      this.refused += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
