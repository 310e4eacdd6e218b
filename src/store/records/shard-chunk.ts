import type { Epoch } from '../../core/ids.ts';
import { ShardColumns, type ShardRecord } from '../../core/shard-columns.ts';
import { NONE, type Topology } from '../../core/topology.ts';
import { parseRecord, RecordError } from './record-error.ts';

/** A chunk covers a fixed range, so that a change rewrites only the chunks of the shards that it touches. */
export const SHARDS_PER_CHUNK = 4096;
const FIELDS = 8;
const NOTHING = -1;

/**
 * Shard records as runs of equal neighbours: `runs` is flat, eight numbers a run: length, epoch, state (0 ACTIVE,
 * 1 FREEZING), owner, primary, previous, since, operation; the last five but `since` index the name lists, −1 is none. Names, not
 * topology indices, so that a chunk means the same under another topology.
 */
interface ShardChunk {
  readonly format: 1;
  readonly from: number;
  readonly units: string[];
  readonly dataCenters: string[];
  readonly operations: string[];
  readonly runs: number[];
}

/** All shards as chunk texts. */
export function encodeShards(shards: ShardColumns, topology: Topology): string[] {
  const texts: string[] = [];
  for (let from = 0; from < shards.length; from += SHARDS_PER_CHUNK) {
    texts.push(encodeRange(shards, topology, from, Math.min(from + SHARDS_PER_CHUNK, shards.length)));
  }
  return texts;
}

function encodeRange(shards: ShardColumns, topology: Topology, from: number, end: number): string {
  const units = new NameList();
  const dataCenters = new NameList();
  const operations = new NameList();
  const runs: number[] = [];
  const unit = (index: number): number =>
    index === NONE ? NOTHING : units.indexOf(topology.units[index]?.id as string);
  const primary = (index: number): number =>
    index === NONE ? NOTHING : dataCenters.indexOf(topology.dataCenters[index]?.id as string);
  for (let start = from; start < end; ) {
    let next = start + 1;
    while (next < end && shards.same(next, start)) next += 1;
    const operation = shards.operation.get(start);
    runs.push(
      next - start,
      shards.epoch[start] as number,
      shards.state[start] as number,
      unit(shards.owner[start] as number),
      primary(shards.primary[start] as number),
      unit(shards.previous[start] as number),
      shards.since[start] as number,
      operation === undefined ? NOTHING : operations.indexOf(operation),
    );
    start = next;
  }
  const chunk: ShardChunk = {
    format: 1,
    from,
    units: units.names,
    dataCenters: dataCenters.names,
    operations: operations.names,
    runs,
  };
  return JSON.stringify(chunk);
}

/** The columns of all chunks; throws RecordError unless they cover each shard of the topology exactly once. */
export function decodeShards(
  texts: readonly string[],
  keys: readonly string[],
  topology: Topology,
  newest: Epoch,
): ShardColumns {
  const columns = new ShardColumns(topology.shardCount + 1);
  let next = 0;
  texts.forEach((text, position) => {
    const key = keys[position] ?? 'shards';
    next = decodeChunk(text, key, topology, columns, next, newest);
  });
  if (next !== columns.length)
    throw new RecordError('shards', `cover ${next} shards, the topology has ${columns.length}`);
  return columns;
}

function decodeChunk(
  text: string,
  key: string,
  topology: Topology,
  columns: ShardColumns,
  first: number,
  newest: Epoch,
): number {
  const chunk = parseRecord(key, text, [1]) as unknown as ShardChunk;
  if (chunk.from !== first) throw new RecordError(key, `begins at shard ${chunk.from}, expected ${first}`);
  const { runs } = chunk;
  if (!Array.isArray(runs) || runs.length % FIELDS !== 0) throw new RecordError(key, 'runs are not eight numbers each');
  const names = resolveNames(chunk, topology, key);
  let shard = first;
  for (let at = 0; at < runs.length; at += FIELDS) {
    const length = runs[at] as number;
    const record = runRecord(runs, at, names);
    const isRun = Number.isSafeInteger(length) && length >= 1;
    if (record === null || !isRun || record.epoch > newest || shard + length > columns.length) {
      throw new RecordError(key, `run ${at / FIELDS} is not possible: ${runs.slice(at, at + FIELDS).join(' ')}`);
    }
    columns.fill(shard, shard + length - 1, record);
    shard += length;
  }
  return shard;
}

interface ResolvedNames {
  readonly units: readonly number[];
  readonly dataCenters: readonly number[];
  readonly operations: readonly string[];
}

function resolveNames(chunk: ShardChunk, topology: Topology, key: string): ResolvedNames {
  const resolve = (names: unknown, index: ReadonlyMap<string, number>, what: string): number[] => {
    if (!Array.isArray(names)) throw new RecordError(key, `no list of ${what} names`);
    return names.map((name) => {
      const found = index.get(name);
      if (found === undefined) throw new RecordError(key, `${what} ${JSON.stringify(name)} is not in the topology`);
      return found;
    });
  };
  if (!Array.isArray(chunk.operations)) throw new RecordError(key, 'no list of operation names');
  return {
    units: resolve(chunk.units, topology.unitIndex, 'unit'),
    dataCenters: resolve(chunk.dataCenters, topology.dataCenterIndex, 'data center'),
    operations: chunk.operations,
  };
}

/** Null if a field is out of its range. */
function runRecord(runs: readonly number[], at: number, names: ResolvedNames): ShardRecord | null {
  const pick = (position: number, list: readonly number[]): number | undefined =>
    runs[at + position] === NOTHING ? NONE : list[runs[at + position] as number];
  const [epoch, state, since] = [runs[at + 1], runs[at + 2], runs[at + 6]];
  const owner = pick(3, names.units);
  const primary = pick(4, names.dataCenters);
  const previous = pick(5, names.units);
  const operation = runs[at + 7] === NOTHING ? null : names.operations[runs[at + 7] as number];
  if (owner === undefined || primary === undefined || previous === undefined || operation === undefined) return null;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(since)) return null;
  if ((since as number) < 1 || (since as number) > (epoch as number)) return null;
  if (state !== 0 && state !== 1) return null;
  // ACTIVE has an owner with a primary (or neither, where the realm has no such unit), FREEZING has who owned it before.
  const isWhole =
    state === 0 ? previous === NONE && (owner === NONE) === (primary === NONE) : owner === NONE && previous !== NONE;
  if (!isWhole) return null;
  return {
    epoch: epoch as Epoch,
    state: state === 1 ? 'FREEZING' : 'ACTIVE',
    owner,
    primary,
    previous,
    since: since as Epoch,
    operation,
  };
}

class NameList {
  readonly names: string[] = [];
  readonly #positions = new Map<string, number>();

  indexOf(name: string): number {
    const known = this.#positions.get(name);
    if (known !== undefined) return known;
    this.#positions.set(name, this.names.length);
    this.names.push(name);
    return this.names.length - 1;
  }
}
