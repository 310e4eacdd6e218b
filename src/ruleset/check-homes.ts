import type { ShardRun } from '../core/loss/shard-run.ts';
import { countShards } from '../core/loss/shard-run.ts';
import { shardCount } from '../core/shard-rule.ts';
import type { ShardRule } from '../core/topology-document.ts';
import { type Draft, finding, type UnitDraft } from './draft.ts';
import { type HomeShards, homeInWords, homeShards, mergeRuns, runsInWords } from './home-shards.ts';
import type { Finding } from './mistake.ts';

interface Home extends HomeShards {
  readonly unit: UnitDraft;
}

/** Each shard of users is home in exactly one R unit, and the global shard in exactly one G unit if there are any. */
export function checkHomes(draft: Draft): readonly Finding[] {
  const { rule, units } = draft;
  if (rule === undefined) return [];
  const homes = units.flatMap((unit): readonly Home[] =>
    unit.home === undefined || unit.kind === undefined || unit.kind === 'C'
      ? []
      : [{ unit, ...homeShards(rule, unit.home ?? []) }],
  );
  const malformed = homes.flatMap((home) => malformedPieces(draft, rule, home));
  const isWhole =
    malformed.length === 0 && draft.hasAllUnits && units.every((u) => u.kind !== undefined && u.home !== undefined);
  const ruled = homes.filter((home) => home.unit.kind === 'R');
  return [
    ...malformed,
    ...overlaps(draft, rule, ruled),
    ...(isWhole ? gaps(draft, rule, ruled) : []),
    ...ruled.flatMap((home) => tooMany(draft, home)),
    ...(isWhole
      ? globalHomes(
          draft,
          homes.filter((home) => home.unit.kind === 'G'),
        )
      : []),
  ];
}

function malformedPieces(draft: Draft, rule: ShardRule, { unit, malformed, isGlobal, runs }: Home): readonly Finding[] {
  const at = [...unit.path, 'home'];
  if (unit.kind === 'G' && (runs.length > 0 || malformed.length > 0)) {
    return [finding(draft, at, 'home of a G unit names shards of users', 'must be G or left out', 'shards')];
  }
  const wrong = isGlobal && unit.kind === 'R' ? [...malformed, 'G'] : malformed;
  if (wrong.length === 0) return [];
  const told = wrong
    .slice(0, 5)
    .map((piece) => JSON.stringify(piece))
    .join(', ');
  const seen = wrong.length > 5 ? `${told} and ${wrong.length - 5} more` : told;
  return [finding(draft, at, `home has ${seen}`, homeInWords(rule), seen)];
}

/** One sweep over all runs in ascending order; O(n log n) in the number of runs, whatever the number of shards. */
function overlaps(draft: Draft, rule: ShardRule, homes: readonly Home[]): readonly Finding[] {
  const all = homes.flatMap((home) => home.runs.map((run) => ({ run, unit: home.unit })));
  all.sort((a, b) => a.run[0] - b.run[0]);
  const found = new Map<string, { readonly units: readonly [UnitDraft, UnitDraft]; readonly runs: ShardRun[] }>();
  const order = new Map(draft.units.map((unit, index) => [unit.id, index]));
  let last = all[0];
  for (const next of all.slice(1)) {
    if (last === undefined) break;
    const [from, to] = next.run;
    if (from <= last.run[1]) {
      const isAfter = (order.get(next.unit.id) ?? 0) >= (order.get(last.unit.id) ?? 0);
      const units = isAfter ? ([last.unit, next.unit] as const) : ([next.unit, last.unit] as const);
      const pair = `${units[0].id} ${units[1].id}`;
      const entry = found.get(pair) ?? { units, runs: [] };
      entry.runs.push([from, Math.min(to, last.run[1])]);
      found.set(pair, entry);
    }
    if (to > last.run[1]) last = next;
  }
  return [...found.values()].map(({ units: [one, two], runs }) => {
    const shards = runsInWords(rule, mergeRuns(runs));
    const what =
      one === two
        ? `home names shards ${shards} twice`
        : `home has shards ${shards}, which are home in unit ${one.id} too`;
    return finding(draft, [...two.path, 'home'], what, 'each shard must have exactly one home', shards);
  });
}

function gaps(draft: Draft, rule: ShardRule, homes: readonly Home[]): readonly Finding[] {
  const all = mergeRuns(homes.flatMap((home) => home.runs).sort((a, b) => a[0] - b[0]));
  const missing: ShardRun[] = [];
  let next = 0;
  for (const [from, to] of [...all, [shardCount(rule), shardCount(rule)] as const]) {
    if (from > next) missing.push([next, from - 1]);
    next = to + 1;
  }
  if (missing.length === 0) return [];
  const shards = runsInWords(rule, missing);
  const what = `shards ${shards} have no home`;
  return [finding(draft, ['units'], what, 'each shard must be home in exactly one R unit', shards)];
}

function tooMany(draft: Draft, { unit, runs }: Home): readonly Finding[] {
  const shards = countShards(mergeRuns(runs));
  if (typeof unit.capacity !== 'number' || unit.capacity >= shards) return [];
  const what = `capacity ${unit.capacity} is less than its ${shards} home shards`;
  return [finding(draft, [...unit.path, 'capacity'], what, `must be ${shards} or more`, String(unit.capacity))];
}

function globalHomes(draft: Draft, homes: readonly Home[]): readonly Finding[] {
  const [first, ...others] = homes.filter((home) => home.isGlobal);
  const allowed = 'exactly one G unit must have `home: G`';
  const [any] = homes;
  if (first === undefined) {
    return any === undefined
      ? []
      : [finding(draft, any.unit.path, 'no G unit has the global shard', allowed, 'no home')];
  }
  return others.map(({ unit }) =>
    finding(draft, [...unit.path, 'home'], `home G is that of unit ${first.unit.id} too`, allowed, 'G'),
  );
}
