import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../coord-store.ts';
import { chunkKey, chunksOf, decodeHead, HEAD_KEY, type HeadRecord } from './head-record.ts';
import { RecordError } from './record-error.ts';
import { decodeTable, type EncodedTable } from './table-record.ts';

/** A head whose chunks vanish under the reader means that another head came meanwhile; more often than this is damage. */
const ATTEMPTS = 5;

export interface TableReading {
  readonly table: Table;
  readonly encoded: EncodedTable;
  /** Version of the head's key, for a later compare-and-set. */
  readonly headVersion: string;
}

/** Reads the table linearizably and keeps the chunks that it has: a failover transfers only what it changed. */
export class TableReader {
  readonly #store: CoordStore;
  readonly #realm: string;
  #last: TableReading | null = null;

  constructor(store: CoordStore, realm: string) {
    this.#store = store;
    this.#realm = realm;
  }

  /**
   * The table as of one instant after the call; null when the store has none yet. Throws RecordError for a record that
   * cannot be used (the last good reading stays), CodedError when the store does not answer.
   */
  async read(): Promise<TableReading | null> {
    for (let attempt = 1; ; attempt += 1) {
      const [entry] = (await this.#store.read([HEAD_KEY])).entries;
      if (entry === undefined) return null;
      if (this.#last?.headVersion === entry.version) return this.#last;
      const head = decodeHead(entry.value);
      const chunks = await this.#chunks(head);
      if (chunks !== null) {
        const encoded = { head, chunks };
        const table = decodeTable(encoded, this.#realm);
        this.#last = { table, encoded, headVersion: entry.version };
        return this.#last;
      }
      if (attempt === ATTEMPTS) throw new RecordError(HEAD_KEY, 'names chunks that the store does not have');
    }
  }

  /** Null if one is gone. */
  async #chunks(head: HeadRecord): Promise<Map<string, string> | null> {
    const known = this.#last?.encoded.chunks;
    const chunks = new Map<string, string>();
    for (const hash of new Set(chunksOf(head))) {
      const text = known?.get(hash) ?? (await this.#chunk(hash));
      if (text === null) return null;
      chunks.set(hash, text);
    }
    return chunks;
  }

  async #chunk(hash: string): Promise<string | null> {
    const { entries } = await this.#store.read([chunkKey(hash)]);
    return entries[0]?.value ?? null;
  }
}
