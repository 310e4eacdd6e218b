import type { Epoch, Incarnation } from '../../core/ids.ts';
import type { ShardColumns } from '../../core/shard-columns.ts';
import { makeTable, type Table } from '../../core/table.ts';
import { indexTopology, type Topology } from '../../core/topology.ts';
import type { OverrideDocument, TopologyDocument } from '../../core/topology-document.ts';
import { sha256 } from './digest.ts';
import { chunkKey, type HeadRecord, makeHead } from './head-record.ts';
import { KnownTexts } from './known-texts.ts';
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

/** A change of the table leaves most chunks as they were. */
const NAMES = new KnownTexts<string>(16);

/** Of a chunk: the hash of its content. */
function nameOf(text: string): string {
  return NAMES.of(text, sha256);
}

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
 * sense. Tables whose topology has the same text share it: indexing it is the larger part of the work.
 */
export function decodeTable(encoded: EncodedTable, realm: string): Table {
  const { head } = encoded;
  const text = (hash: string): string => {
    const found = encoded.chunks.get(hash);
    if (found === undefined) throw new RecordError(chunkKey(hash), 'is missing');
    if (nameOf(found) !== hash) throw new RecordError(chunkKey(hash), 'its content does not hash to its name');
    return found;
  };
  const topologyText = head.topology.map(text).join('');
  const topology = decodeTopology(topologyText, chunkKey(head.topology[0] as string), realm);
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

/** The text of the next table is mostly the same. */
const TOPOLOGIES = new KnownTexts<Topology>(2);

function decodeTopology(text: string, key: string, realm: string): Topology {
  const topology = TOPOLOGIES.of(text, () => readTopology(text, key));
  const { realm: own } = topology.document;
  if (own === realm) return topology;
  throw new RecordError(key, `is of realm ${JSON.stringify(own)}, this node serves ${JSON.stringify(realm)}`);
}

function readTopology(text: string, key: string): Topology {
  const document = parseRecord(key, text, [1]) as unknown as TopologyDocument;
  try {
    return indexTopology(document);
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
