import type { DatabaseSync } from 'node:sqlite';
import { applyBatches } from './copied-entries.ts';
import type { GateRows } from './gate-rows.ts';
import { markOf, sameMark } from './ledger-entry.ts';
import type { LedgerService } from './ledger-service.ts';
import {
  isEntriesQuestion,
  isLedgerWrite,
  isMarksQuestion,
  isReadQuestion,
  isReplicateMessage,
  isShardNames,
  type MarkAnswer,
  PEER_LIMITS,
  type ReplicateMessage,
  type ReplicateResult,
  type ShardPosition,
} from './peer-message.ts';
import type { Replication } from './replication.ts';
import type { ShardLog } from './shard-log.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

export interface PeerServices {
  readonly self: string;
  readonly database: DatabaseSync;
  readonly shardLog: ShardLog;
  readonly gates: GateRows;
  readonly replication: Replication;
  readonly ledger: LedgerService;
}

type PeerHandler = (body: unknown, services: PeerServices) => Answer | Promise<Answer>;

/** What the processes of other data centers ask, below `/internal/v1/`: always POST, always with the shared token. */
export const PEER_PATHS: ReadonlyMap<string, PeerHandler> = new Map<string, PeerHandler>([
  ['positions', positions],
  ['entries', entries],
  ['marks', marks],
  ['followed', followed],
  ['replicate', replicate],
  ['writes', write],
  ['reads', read],
]);

const badMessage = (path: string): Answer => errorAnswer('BAD_INPUT', `no message for ${path}`);

function positions(body: unknown, { shardLog }: PeerServices): Answer {
  if (!isShardNames(body)) return badMessage('positions');
  const found = body.shards.map((shard): ShardPosition => {
    const { lineage, offset } = shardLog.state(shard);
    return { shard, lineage, offset, mark: markOf(shardLog.entryAt(shard, offset)) };
  });
  return { status: 200, body: { positions: found } };
}

/** 409 if our log is not a continuation of the asker's. */
function entries(body: unknown, { shardLog }: PeerServices): Answer {
  if (!isEntriesQuestion(body)) return badMessage('entries');
  const { shard, after, mark } = body;
  const head = shardLog.head(shard);
  const isContinued = head !== null && head.offset >= after && sameMark(markOf(shardLog.entryAt(shard, after)), mark);
  if (!isContinued) return { status: 409, body: null };
  const found = shardLog.entriesAfter(shard, after, head.offset, PEER_LIMITS.entries);
  return { status: 200, body: { shard, unit: head.unit, lineage: head.lineage, after, mark, entries: found } };
}

function marks(body: unknown, { shardLog }: PeerServices): Answer {
  if (!isMarksQuestion(body)) return badMessage('marks');
  const found = body.places.map(({ shard, offset: asked }): MarkAnswer => {
    const { lineage, offset, role, unit } = shardLog.state(shard);
    return { shard, lineage, offset, role, unit, mark: markOf(shardLog.entryAt(shard, asked)) };
  });
  return { status: 200, body: { marks: found } };
}

/** The sender's copies were made to follow ours: they are asked where they are, and the next writes wait for them. */
function followed(body: unknown, { replication }: PeerServices): Answer {
  const from = (body as { readonly from?: unknown } | null)?.from;
  if (!isShardNames(body) || typeof from !== 'string') return badMessage('followed');
  replication.lead(body.shards, from);
  return { status: 200, body: null };
}

function replicate(body: unknown, { database, shardLog: log, gates, replication }: PeerServices): Answer {
  if (!isReplicateMessage(body)) return badMessage('replicate');
  const message: ReplicateMessage = body;
  const applied =
    message.batches.length === 0
      ? []
      : applyBatches({ database, log, gates }, message.batches, { kind: 'copy', from: message.from });
  const results = message.batches.flatMap(({ shard }, index): ReplicateResult[] => {
    const result = applied[index];
    return result === undefined ? [] : [{ shard, kind: result.kind, ...result.position }];
  });
  const isWhole = results.every((result) => result.kind === 'applied');
  replication.heard(message.from, message.fresh && isWhole);
  if (results.length > 0) replication.arrived();
  return { status: 200, body: { results } };
}

/** A write that another cell passed on; taken only if its sender too means this data center, and never passed on again. */
async function write(body: unknown, { self, ledger }: PeerServices): Promise<Answer> {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const passedOn = fields.write;
  if (!isLedgerWrite(passedOn)) return badMessage('writes');
  if (fields.primary !== self)
    return errorAnswer('WRONG_CELL', `this is ${self}, the write is for ${String(fields.primary)}`);
  return { status: 200, body: await ledger.takeHere(passedOn) };
}

function read(body: unknown, { ledger }: PeerServices): Answer {
  return isReadQuestion(body) ? { status: 200, body: ledger.readHere(body) } : badMessage('reads');
}
