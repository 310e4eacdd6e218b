import type { Epoch, Incarnation } from '../../core/ids.ts';
import type { ShardColumns } from '../../core/shard-columns.ts';
import { makeTable, type Table } from '../../core/table.ts';
import { indexTopology, type Topology } from '../../core/topology.ts';
import type { OverrideDocument, TopologyDocument } from '../../core/topology-document.ts';
import { sha256 } from './digest.ts';
import { chunkKey, type HeadRecord, makeHead } from './head-record.ts';
import { parseRecord, RecordError } from './record-error.ts';
import { decodeShards, encodeShards } from './shard-chunk.ts';

/** A table as the store keeps it: the head, and the texts of its chunks by hash. */
export interface EncodedTable {
  readonly head: HeadRecord;
  readonly chunks: ReadonlyMap<string, string>;
}

export interface TableContent {
  readonly incarnation: Incarnation;
  readonly succeeds?: readonly Incarnation[];
  readonly epoch: Epoch;
  readonly topology: Topology;
  readonly overrides: readonly OverrideDocument[];
  readonly shards: ShardColumns;
}

/** UTF-16 units per topology chunk: at most three bytes each, so below the store's limit for a value. */
const TOPOLOGY_CHUNK_LENGTH = 128 * 1024;

export function encodeTable(content: TableContent): EncodedTable {
  const chunks = new Map<string, string>();
  const put = (text: string): string => {
    const hash = sha256(text);
    chunks.set(hash, text);
    return hash;
  };
  const head = makeHead({
    incarnation: content.incarnation,
    ...(content.succeeds !== undefined && content.succeeds.length > 0 && { succeeds: content.succeeds }),
    epoch: content.epoch,
    topology: splitText(JSON.stringify(content.topology.document)).map(put),
    shards: encodeShards(content.shards, content.topology).map(put),
    overrides: put(JSON.stringify({ format: 1, overrides: content.overrides })),
  });
  return { head, chunks };
}

/**
 * The table of a head and its chunks. Throws RecordError if a chunk is missing, does not hash to its name, or does not make
 * sense. `before` lends its topology when that did not change: indexing it is the larger part of the work.
 */
export function decodeTable(encoded: EncodedTable, realm: string, before: Table | null): Table {
  const { head } = encoded;
  const text = (hash: string): string => {
    const found = encoded.chunks.get(hash);
    if (found === undefined) throw new RecordError(chunkKey(hash), 'is missing');
    if (sha256(found) !== hash) throw new RecordError(chunkKey(hash), 'its content does not hash to its name');
    return found;
  };
  const topologyText = head.topology.map(text).join('');
  const topology = decodeTopology(topologyText, chunkKey(head.topology[0] as string), realm, before);
  const shards = decodeShards(head.shards.map(text), head.shards.map(chunkKey), topology, head.epoch);
  const overrides = decodeOverrides(chunkKey(head.overrides), text(head.overrides));
  return makeTable({
    incarnation: head.incarnation,
    ...(head.succeeds !== undefined && { succeeds: head.succeeds }),
    epoch: head.epoch,
    digest: head.digest,
    topology,
    overrides,
    shards,
  });
}

/** What each topology was read from: the text of the next table is mostly the same, and then it need not be read again. */
const TEXTS = new WeakMap<Topology, string>();

function decodeTopology(text: string, key: string, realm: string, before: Table | null): Topology {
  if (before !== null && before.topology.document.realm === realm && TEXTS.get(before.topology) === text)
    return before.topology;
  const document = parseRecord(key, text, [1]) as unknown as TopologyDocument;
  if (document.realm !== realm) {
    throw new RecordError(
      key,
      `is of realm ${JSON.stringify(document.realm)}, this node serves ${JSON.stringify(realm)}`,
    );
  }
  try {
    const topology = indexTopology(document);
    TEXTS.set(topology, text);
    return topology;
  } catch (error) {
    throw new RecordError(key, (error as Error).message, { cause: error });
  }
}

function decodeOverrides(key: string, text: string): OverrideDocument[] {
  const { overrides } = parseRecord(key, text, [1]);
  if (!Array.isArray(overrides)) throw new RecordError(key, 'no list of overrides');
  const broken = overrides.findIndex((override) => !isOverride(override));
  if (broken !== -1) throw new RecordError(key, `override ${broken} has no weights from 0 to 100`);
  return overrides as OverrideDocument[];
}

function isOverride(value: unknown): boolean {
  const weights = (value as Partial<OverrideDocument> | null)?.weights;
  if (typeof weights !== 'object' || weights === null) return false;
  return Object.values(weights).every((weight) => Number.isInteger(weight) && weight >= 0 && weight <= 100);
}

function splitText(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + TOPOLOGY_CHUNK_LENGTH, text.length);
    // A surrogate pair stays whole: half a pair has no UTF-8.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
