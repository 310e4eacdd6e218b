import type { ShardBatch } from './copied-entries.ts';
import type { JsonClient } from './json-client.ts';
import type { EntryMark } from './ledger-entry.ts';
import {
  isMarkAnswers,
  isReplicateResults,
  isShardBatch,
  isShardPositions,
  type MarkAnswer,
  type MarksQuestion,
  type ReplicateMessage,
  type ReplicateResult,
  type ShardPosition,
} from './peer-message.ts';

export interface PeerCallsParts {
  readonly client: JsonClient;
  readonly token: string;
  readonly timeoutMs: number;
}

/** Below `/internal/v1/`. */
type PeerPath = 'positions' | 'replicate' | 'entries' | 'marks' | 'followed';

/** What one process asks another about copies. Every call throws an Error if there is no usable answer in time. */
export class PeerCalls {
  readonly #urls: Readonly<Record<PeerPath, string>>;
  readonly #parts: PeerCallsParts;

  constructor(url: string, parts: PeerCallsParts) {
    const urlOf = (path: PeerPath): string => `${url}/internal/v1/${path}`;
    this.#urls = {
      positions: urlOf('positions'),
      replicate: urlOf('replicate'),
      entries: urlOf('entries'),
      marks: urlOf('marks'),
      followed: urlOf('followed'),
    };
    this.#parts = parts;
  }

  /** One position for each of the shards, in their order. */
  async positions(shards: readonly string[]): Promise<ShardPosition[]> {
    const { body } = await this.#call('positions', { shards });
    if (!isShardPositions(body) || body.positions.some((position, index) => position.shard !== shards[index]))
      throw new Error('positions: the answer has another form');
    return body.positions;
  }

  async replicate(message: ReplicateMessage): Promise<ReplicateResult[]> {
    const { body } = await this.#call('replicate', message);
    if (!isReplicateResults(body) || body.results.length !== message.batches.length)
      throw new Error('replicate: the answer has another form');
    return body.results;
  }

  /** Entries after the offset; null if the peer's log is no continuation of ours. */
  async entries(shard: string, after: number, mark: EntryMark | null): Promise<ShardBatch | null> {
    const { status, body } = await this.#call('entries', { shard, after, mark });
    if (status === 409) return null;
    if (!isShardBatch(body)) throw new Error('entries: the answer has another form');
    return body;
  }

  /** One mark for each of the places, in their order. */
  async marks(places: MarksQuestion['places']): Promise<MarkAnswer[]> {
    const { body } = await this.#call('marks', { places });
    if (!isMarkAnswers(body) || places.some(({ shard }, index) => body.marks[index]?.shard !== shard))
      throw new Error('marks: the answer has another form');
    return body.marks;
  }

  /** Tells the owner that our copies of the shards follow it from now on. */
  async followed(from: string, shards: readonly string[]): Promise<void> {
    await this.#call('followed', { from, shards });
  }

  async #call(path: PeerPath, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const { client, token, timeoutMs } = this.#parts;
    const result = await client.send({ method: 'POST', url: this.#urls[path], token, body, timeoutMs });
    if (result.kind === 'failed') throw new Error(`${path}: ${result.reason}`);
    if (result.status === 200 || result.status === 409) return result;
    throw new Error(`${path}: status ${result.status} ${JSON.stringify(result.body)?.slice(0, 200)}`);
  }
}
