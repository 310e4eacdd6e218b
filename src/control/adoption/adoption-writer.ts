import type { Adoption } from '../../core/adoption/adoption.ts';
import type { Clock } from '../../core/clock.ts';
import type { ShardColumns } from '../../core/shard-columns.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { HEAD_KEY } from '../../store/records/head-record.ts';
import type { TableReader } from '../../store/records/table-reader.ts';
import type { Leadership } from '../operations/leadership.ts';
import { type ChangeNote, writeAuditedTable } from '../operations/table-change.ts';
import { ADOPTION_KEY, encodeAdoption } from './adoption-record.ts';

export interface AdoptionWriterParts {
  /** Itself, not the one that refuses changes of a store that went back. */
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly clock: Clock;
  readonly leadership: Leadership;
}

/** A step's change of the table, worked out on the table as it is in the transaction; null: it cannot be done. */
export interface AdoptionChange {
  /** The table's epoch jumps to this one at least; else it is the next one. */
  readonly least?: Table['epoch'];
  readonly shards: (table: Table) => ShardColumns | null;
  /** The record, now that the epoch is known. */
  readonly record: (epoch: Table['epoch']) => Adoption;
  readonly words: Pick<ChangeNote, 'action' | 'changes'>;
}

/** Puts an adoption's steps on record: each transaction compares the leader's term, the head and the adoption's record. */
export class AdoptionWriter {
  readonly #parts: AdoptionWriterParts;

  constructor(parts: AdoptionWriterParts) {
    this.#parts = parts;
  }

  /** False: something that was compared changed. Rejects with NotLeader, RecordError or an error of the store. */
  async write(version: string, next: Adoption): Promise<boolean> {
    const { store, tables } = this.#parts;
    return this.#parts.leadership.holding(async (term) => {
      const reading = await tables.read();
      if (reading?.table.incarnation !== next.incarnation) return false;
      const conditions = [{ key: HEAD_KEY, version: reading.headVersion }, term, { key: ADOPTION_KEY, version }];
      const result = await store.transact(conditions, [{ key: ADOPTION_KEY, value: encodeAdoption(next) }]);
      return result.kind === 'committed';
    });
  }

  /** The same for a step that changes the table. */
  async change(version: string, adoption: Adoption, change: AdoptionChange): Promise<boolean> {
    const { store, clock, tables, leadership } = this.#parts;
    return leadership.holding(async (term) => {
      const reading = await tables.read();
      if (reading?.table.incarnation !== adoption.incarnation) return false;
      const { table } = reading;
      const epoch = Math.max(table.epoch + 1, change.least ?? 0) as Table['epoch'];
      const shards = change.shards({ ...table, epoch });
      if (shards === null) return false;
      const writes = [{ key: ADOPTION_KEY, value: encodeAdoption(change.record(epoch)) }];
      const conditions = [term, { key: ADOPTION_KEY, version }];
      const note = { ...change.words, ...authorOf(adoption) };
      const result = await writeAuditedTable({ store, clock }, reading, { ...table, epoch, shards }, note, {
        conditions,
        writes,
      });
      return result.kind === 'committed';
    });
  }
}

export function authorOf({ author, reason, id }: Adoption): Pick<ChangeNote, 'author' | 'reason' | 'id' | 'role'> {
  return { author, reason, id, role: 'admin' };
}
