import { countShards, type ShardRun } from '../core/loss/shard-run.ts';
import { shardCount } from '../core/shard-rule.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import { type Change, change } from './change.ts';
import { runsInWords } from './home-shards.ts';
import { shareInWords } from './share.ts';

const AWAY = 'owners do not change until they are moved';

/** Shards that get another home; nothing under another shard rule, where a shard is not the same users. */
export function diffHomes(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const shards = shardCount(after.shardRule);
  const isSameRule = JSON.stringify(before.shardRule) === JSON.stringify(after.shardRule);
  return [...(isSameRule ? diffShards(before, after, shards) : []), ...diffGlobal(before, after)];
}

interface Moved {
  readonly from: string;
  readonly to: string;
  readonly runs: ShardRun[];
}

function diffShards(before: TopologyDocument, after: TopologyDocument, shards: number): readonly Change[] {
  const was = homesOf(before);
  const is = homesOf(after);
  const moved = new Map<string, Moved>();
  let [left, right] = [0, 0];
  // Both lists cover all shards in ascending order, so two fingers find every piece on which neither changes.
  for (let shard = 0; shard < shards; ) {
    const [old, next] = [was[left], is[right]];
    if (old === undefined || next === undefined) break;
    const end = Math.min(old.run[1], next.run[1]);
    if (old.unit !== next.unit) add(moved, old.unit, next.unit, [shard, end]);
    if (old.run[1] === end) left += 1;
    if (next.run[1] === end) right += 1;
    shard = end + 1;
  }
  return [...moved.values()].map(({ from, to, runs }) => {
    const share = countShards(runs) / shards;
    const noun = countShards(runs) === 1 ? 'shard' : 'shards';
    const verb = countShards(runs) === 1 ? 'gets' : 'get';
    const what = `${noun} ${runsInWords(after.shardRule, runs)} (${shareInWords(share)} of users)`;
    return change('home', to, `${what} ${verb} home ${to} instead of ${from}; ${AWAY}`, share);
  });
}

interface HomeRun {
  readonly unit: string;
  readonly run: ShardRun;
}

function homesOf({ units }: TopologyDocument): readonly HomeRun[] {
  const homes = units.flatMap((unit) => unit.home.map((run) => ({ unit: unit.id, run })));
  return homes.sort((a, b) => a.run[0] - b.run[0]);
}

function add(moved: Map<string, Moved>, from: string, to: string, run: ShardRun): void {
  const key = `${from} ${to}`;
  const entry = moved.get(key) ?? { from, to, runs: [] };
  const last = entry.runs.at(-1);
  if (last !== undefined && last[1] + 1 === run[0]) entry.runs[entry.runs.length - 1] = [last[0], run[1]];
  else entry.runs.push(run);
  moved.set(key, entry);
}

function diffGlobal(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const home = (document: TopologyDocument): string | null =>
    document.units.find((unit) => unit.globalHome)?.id ?? null;
  const [was, is] = [home(before), home(after)];
  if (was === is) return [];
  if (is === null) return [change('globalHome', String(was), 'the global shard has no home any more')];
  if (was === null) return [change('globalHome', is, `the global shard gets home ${is}`)];
  return [
    change(
      'globalHome',
      is,
      `the global shard gets home ${is} instead of ${was}; its owner does not change until it is moved`,
    ),
  ];
}
