import type { Epoch, Incarnation } from '../../core/ids.ts';
import { sha256 } from './digest.ts';
import { KnownTexts } from './known-texts.ts';
import { parseRecord, RecordError } from './record-error.ts';

export const HEAD_KEY = 'head';
export const CHUNK_PREFIX = 'chunks/';
export const HEAD_FORMATS = [1] as const;

/**
 * The one mutable record of the table. It names immutable chunks by their content's SHA-256, so `digest`, the hash of this
 * record, is a hash of the whole table, and a transaction that flips `head` changes all of it at once, however large.
 */
export interface HeadRecord {
  readonly format: 1;
  readonly incarnation: Incarnation;
  /** Incarnations that this one was adopted from, the newest last; left out while there are none. */
  readonly succeeds?: readonly Incarnation[];
  readonly epoch: Epoch;
  readonly digest: string;
  /** Chunks of the topology document's text, in order. */
  readonly topology: readonly string[];
  /** Chunks of the shard records, in order. */
  readonly shards: readonly string[];
  /** Chunk of the overrides. */
  readonly overrides: string;
}

export type HeadContent = Omit<HeadRecord, 'format' | 'digest'>;

export function chunkKey(hash: string): string {
  return CHUNK_PREFIX + hash;
}

export function makeHead(content: HeadContent): HeadRecord {
  return { format: 1, digest: digestOf(content), ...content };
}

export function encodeHead(head: HeadRecord): string {
  return JSON.stringify(head);
}

/** Several in one process read each head: the feed, the guard's renewal, on a control node whoever plans and writes. */
const KNOWN = new KnownTexts<HeadRecord>(4);

/** Throws RecordError. The same text gives the same object. */
export function decodeHead(text: string): HeadRecord {
  return KNOWN.of(text, checkHead);
}

function checkHead(text: string): HeadRecord {
  const record = parseRecord(HEAD_KEY, text, HEAD_FORMATS);
  const { incarnation, succeeds = [], epoch, digest, topology, shards, overrides } = record;
  if (typeof incarnation !== 'string' || incarnation === '') throw new RecordError(HEAD_KEY, 'no incarnation');
  if (!Number.isSafeInteger(epoch) || (epoch as number) < 1) {
    throw new RecordError(HEAD_KEY, `epoch ${JSON.stringify(epoch)}, must be a whole number ≥ 1`);
  }
  if (!isHashList(topology) || !isHashList(shards) || !isHashList([overrides])) {
    throw new RecordError(HEAD_KEY, 'topology, shards and overrides must name chunks by 64 hex digits');
  }
  const isNames = Array.isArray(succeeds) && succeeds.every((name) => typeof name === 'string' && name !== '');
  if (!isNames)
    throw new RecordError(HEAD_KEY, `succeeds is ${JSON.stringify(succeeds)}, must be a list of incarnations`);
  const content: HeadContent = {
    incarnation: incarnation as Incarnation,
    ...(succeeds.length > 0 && { succeeds: succeeds as Incarnation[] }),
    epoch: epoch as Epoch,
    topology,
    shards,
    overrides: overrides as string,
  };
  const head = makeHead(content);
  if (digest !== head.digest)
    throw new RecordError(HEAD_KEY, `digest ${String(digest)}, its content has ${head.digest}`);
  return head;
}

/** Hashes of every chunk that a head names. */
export function chunksOf(head: HeadRecord): string[] {
  return [...head.topology, ...head.shards, head.overrides];
}

function digestOf({ incarnation, succeeds = [], epoch, topology, shards, overrides }: HeadContent): string {
  const named = succeeds.length === 0 ? [] : [succeeds];
  return sha256(JSON.stringify([1, incarnation, epoch, topology, shards, overrides, ...named]));
}

function isHashList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => /^[0-9a-f]{64}$/.test(String(item)));
}
