import type { Clock } from '../../core/clock.ts';
import { type AppliedStep, applyStep } from '../../core/operation/apply-step.ts';
import type { StepWrite } from '../../core/operation/operation-effect.ts';
import type { OperationEvent } from '../../core/operation/operation-event.ts';
import type { CoordStore, StoreCondition, StoreEntry, StoreWrite, TransactionResult } from '../../store/coord-store.ts';
import { HEAD_KEY } from '../../store/records/head-record.ts';
import type { TableReader, TableReading } from '../../store/records/table-reader.ts';
import { decodeOperation, encodeOperation, operationKey, wishKey } from '../records/operation-record.ts';
import { type Leadership, NotLeader } from './leadership.ts';
import { stepInWords } from './step-audit.ts';
import { isStoreFault } from './store-fault.ts';
import { changeTable } from './table-change.ts';

/** Other writers (applied rulesets, disjoint operations, the chunk collector) can take the head away this often in a row. */
const ATTEMPTS = 20;

export interface StepWriterParts {
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly clock: Clock;
  readonly leadership: Leadership;
}

/**
 * Carries out a step's transaction: it compares the term, the head and the operation's step, and writes table, operation and audit
 * together [no term: 3; no step: 12]. A conflict with somebody else's change of the head is worked out anew.
 */
export class StepWriter {
  readonly #parts: StepWriterParts;

  constructor(parts: StepWriterParts) {
    this.#parts = parts;
  }

  /** What became of it, as the machine wants to know. Rejects with NotLeader, and with RecordError for damaged records. */
  async write(effect: StepWrite): Promise<OperationEvent> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const result = await this.#parts.leadership.holding((term) => this.#try(effect, term));
      if (result !== 'conflict') return result;
      // The term's record may be what differed: then whoever took over goes on, and this node stops.
      if (!(await this.#parts.leadership.confirm())) throw new NotLeader('another node took the operations over');
    }
    return { type: 'WriteUnknown' };
  }

  async #try(effect: StepWrite, term: StoreCondition): Promise<OperationEvent | 'conflict'> {
    const { store, tables } = this.#parts;
    const { id, options } = effect.next;
    try {
      const { entries } = await store.read([id, ...options.supersedes].map(operationKey));
      const entry = find(entries, operationKey(id));
      if (entry === null) return { type: 'WriteRefused', reason: `there is no record of operation ${id}` };
      const present = decodeOperation(entry.key, entry.value);
      if (present.stepSequence !== effect.expectedSequence) return { type: 'OperationRead', operation: present };
      const reading = await tables.read();
      if (reading === null) return { type: 'WriteRefused', reason: 'there is no table' };
      const superseded = entries
        .filter((other) => other !== entry)
        .map(({ key, value }) => decodeOperation(key, value));
      const applied = applyStep(reading.table, effect, superseded);
      if (!applied.ok) return { type: 'WriteRefused', reason: applied.reason };
      const conditions = [term, { key: entry.key, version: entry.version }];
      const result = await this.#transact(effect, applied, reading, conditions);
      return result.kind === 'committed' ? { type: 'StepWritten', operation: applied.operation } : 'conflict';
    } catch (error) {
      if (error instanceof NotLeader || !isStoreFault(error)) throw error;
      return { type: 'WriteUnknown' };
    }
  }

  async #transact(
    effect: StepWrite,
    applied: Extract<AppliedStep, { ok: true }>,
    reading: TableReading,
    conditions: readonly StoreCondition[],
  ): Promise<TransactionResult> {
    const { store } = this.#parts;
    const { operation, table: change } = applied;
    const writes: StoreWrite[] = [{ key: operationKey(operation.id), value: encodeOperation(operation) }];
    const isWishOver = operation.outcome !== null || effect.type === 'WriteAbort';
    if (isWishOver) writes.push({ key: wishKey(operation.id), value: null });
    if (change === null)
      return store.transact([{ key: HEAD_KEY, version: reading.headVersion }, ...conditions], writes);
    const { table } = reading;
    const { author, reason, id } = operation;
    const note = { ...stepInWords(table, { ...effect, next: operation }), author, reason, id, role: 'operation' };
    return changeTable(this.#parts, reading, change, note, { conditions, writes });
  }
}

function find(entries: readonly StoreEntry[], key: string): StoreEntry | null {
  return entries.find((entry) => entry.key === key) ?? null;
}
