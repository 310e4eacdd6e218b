import { join } from 'node:path';
import { parseShards } from '../../src/control/operations/shard-runs.ts';
import type { ShardId } from '../../src/core/ids.ts';
import { eachShard } from '../../src/core/operation/runs.ts';
import { shardName } from '../../src/core/shard-name.ts';
import type { ShardRule } from '../../src/core/topology-document.ts';
import type { DrillRecord } from '../report/drill-record.ts';
import { LedgerFile } from './ledger-file.ts';

/** The ledgers of a drill's data centers, opened when they are first asked for. */
export class LedgerShelf {
  readonly #directory: string;
  readonly #files = new Map<string, LedgerFile | null>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  of(dataCenter: string): LedgerFile | null {
    const known = this.#files.get(dataCenter);
    if (known !== undefined) return known;
    const file = LedgerFile.open(join(this.#directory, 'data-centers', dataCenter));
    this.#files.set(dataCenter, file);
    return file;
  }

  close(): void {
    for (const file of this.#files.values()) file?.close();
  }
}

/** The data center that takes a shard's writes at the end. */
export function ownerPlaces(rule: ShardRule, owners: DrillRecord['owners']): (shard: string) => string {
  const places = new Map(
    owners.flatMap(({ shards, dataCenter }) =>
      [...eachShard(parseShards(rule, shards))].map(
        (shard) => [shardName(rule, shard as ShardId), dataCenter] as const,
      ),
    ),
  );
  return (shard) => places.get(shard) ?? '';
}
