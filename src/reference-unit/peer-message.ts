import type { ShardBatch } from './copied-entries.ts';
import type { LedgerWrite } from './ledger.ts';
import type { EntryMark, LedgerEntry, Position, ShardRole } from './ledger-entry.ts';

/** Most shards in one question for positions, and most entries in one message. */
export const PEER_LIMITS = { shards: 1_000, entries: 500, bodyBytes: 4 * 1024 * 1024 } as const;

export interface ShardPosition extends Position {
  readonly shard: string;
  readonly mark: EntryMark | null;
}

export interface ReplicateMessage {
  /** Data center whose process sends. */
  readonly from: string;
  /** With this message the receiver has every entry that the sender acknowledged: its copy may answer reads. */
  readonly fresh: boolean;
  readonly batches: readonly ShardBatch[];
}

export interface ReplicateResult extends Position {
  readonly shard: string;
  readonly kind: 'applied' | 'gap' | 'diverged' | 'outdated';
}

export interface EntriesQuestion {
  readonly shard: string;
  readonly after: number;
  readonly mark: EntryMark | null;
}

/** At most PEER_LIMITS.shards places of a log, asked by a copy that looks for where its log and ours part. */
export interface MarksQuestion {
  readonly places: readonly { readonly shard: string; readonly offset: number }[];
}

export interface MarkAnswer extends Position {
  readonly shard: string;
  readonly role: ShardRole;
  readonly unit: string;
  /** Of the entry at the asked offset; null: none. */
  readonly mark: EntryMark | null;
}

export interface ReadQuestion {
  readonly shard: string;
  readonly account: string;
  /** null: the balance. */
  readonly id: string | null;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 256;
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isCount = (value: unknown): value is number => isInteger(value) && value >= 0;
const isMark = (value: unknown): value is EntryMark | null =>
  value === null || (isFields(value) && isCount(value.lineage) && isText(value.account) && isText(value.id));

const isListOf =
  <T>(isItem: (value: unknown) => value is T, limit: number) =>
  (value: unknown): value is T[] =>
    Array.isArray(value) && value.length <= limit && value.every(isItem);

function isEntry(value: unknown): value is LedgerEntry {
  if (!isFields(value)) return false;
  const { shard, offset, lineage, epoch, account, id, amount, balance, cell, takenAt } = value;
  const texts = isText(shard) && isText(account) && isText(id) && isText(cell);
  const counts = isCount(offset) && isCount(lineage) && isCount(epoch) && isCount(takenAt);
  return texts && counts && isInteger(amount) && isInteger(balance);
}

export function isShardBatch(value: unknown): value is ShardBatch {
  if (!isFields(value)) return false;
  const { shard, unit, lineage, after, mark, entries } = value;
  if (!isText(shard) || !isText(unit) || !isCount(lineage) || !isCount(after) || !isMark(mark)) return false;
  return isListOf(isEntry, PEER_LIMITS.entries)(entries) && entries.every((entry) => entry.shard === shard);
}

export function isReplicateMessage(value: unknown): value is ReplicateMessage {
  if (!isFields(value) || !isText(value.from) || typeof value.fresh !== 'boolean') return false;
  return isListOf(isShardBatch, PEER_LIMITS.entries)(value.batches);
}

export function isReplicateResults(value: unknown): value is { readonly results: ReplicateResult[] } {
  const isResult = (item: unknown): item is ReplicateResult =>
    isFields(item) && isText(item.shard) && isCount(item.offset) && isCount(item.lineage) && isText(item.kind);
  return isFields(value) && isListOf(isResult, PEER_LIMITS.entries)(value.results);
}

export function isShardNames(value: unknown): value is { readonly shards: string[] } {
  return isFields(value) && isListOf(isText, PEER_LIMITS.shards)(value.shards);
}

export function isShardPositions(value: unknown): value is { readonly positions: ShardPosition[] } {
  const isPosition = (item: unknown): item is ShardPosition =>
    isFields(item) && isText(item.shard) && isCount(item.offset) && isCount(item.lineage) && isMark(item.mark);
  return isFields(value) && isListOf(isPosition, PEER_LIMITS.shards)(value.positions);
}

export function isEntriesQuestion(value: unknown): value is EntriesQuestion {
  return isFields(value) && isText(value.shard) && isCount(value.after) && isMark(value.mark);
}

export function isMarksQuestion(value: unknown): value is MarksQuestion {
  const isPlace = (item: unknown): item is MarksQuestion['places'][number] =>
    isFields(item) && isText(item.shard) && isCount(item.offset);
  return isFields(value) && isListOf(isPlace, PEER_LIMITS.shards)(value.places);
}

export function isMarkAnswers(value: unknown): value is { readonly marks: MarkAnswer[] } {
  const isAnswer = (item: unknown): item is MarkAnswer =>
    isFields(item) &&
    isText(item.shard) &&
    isText(item.role) &&
    isText(item.unit) &&
    isMark(item.mark) &&
    isCount(item.offset) &&
    isCount(item.lineage);
  return isFields(value) && isListOf(isAnswer, PEER_LIMITS.shards)(value.marks);
}

export function isReadQuestion(value: unknown): value is ReadQuestion {
  return isFields(value) && isText(value.shard) && isText(value.account) && (value.id === null || isText(value.id));
}

export function isLedgerWrite(value: unknown): value is LedgerWrite {
  if (!isFields(value)) return false;
  const { shard, epoch, unit, cell, account, id, amount } = value;
  return [shard, unit, cell, account, id].every(isText) && isCount(epoch) && isInteger(amount);
}
