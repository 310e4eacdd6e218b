import type { Table } from '../../core/table.ts';
import { decodeHead, encodeHead } from './head-record.ts';
import { parseRecord, RecordError } from './record-error.ts';
import { decodeTable, type EncodedTable } from './table-record.ts';

const KEY = 'snapshot';

/**
 * The table as one text for a file. The head's digest and the chunks' names are checksums of all of it: a torn or edited
 * file is noticed.
 */
export function encodeTableSnapshot(encoded: EncodedTable): string {
  return JSON.stringify({ format: 1, head: encodeHead(encoded.head), chunks: Object.fromEntries(encoded.chunks) });
}

/** Throws RecordError for whatever is not a whole snapshot of the realm. */
export function decodeTableSnapshot(text: string, realm: string): Table {
  const { head, chunks } = parseRecord(KEY, text, [1]);
  if (typeof head !== 'string' || typeof chunks !== 'object' || chunks === null) {
    throw new RecordError(KEY, 'has no head or no chunks');
  }
  const texts = new Map<string, string>();
  for (const [hash, text] of Object.entries(chunks)) {
    if (typeof text !== 'string') throw new RecordError(KEY, `chunk ${hash} is not a text`);
    texts.set(hash, text);
  }
  return decodeTable({ head: decodeHead(head), chunks: texts }, realm);
}
