import type { Path } from '../../src/ruleset/mistake.ts';
import type { Claim, LoadGroup, TimelineEntry } from './scenario.ts';
import type { ScenarioMistakes } from './scenario-mistakes.ts';
import type { ClaimValue } from './scenario-value.ts';

export interface ClaimNames {
  readonly load: readonly LoadGroup[];
  readonly timeline: readonly TimelineEntry[];
  readonly units: readonly string[];
  /** In words what is wrong with a list of shards, or null. */
  readonly shardsProblem: (shards: string) => string | null;
}

/** The claims of a document whose schema holds. */
export function readClaims(
  values: readonly ClaimValue[],
  names: ClaimNames,
  mistakes: ScenarioMistakes,
): readonly Claim[] {
  const started = names.timeline.filter(
    ({ action }) => action.kind === 'operate' && action.command.wish.kind === 'start',
  ).length;
  return values.flatMap((value, index) => {
    const claim = readClaim(value);
    if (claim === null) return [];
    const path: Path = ['must', index];
    if ('group' in claim && claim.group !== 'all' && !names.load.some(({ group }) => group === claim.group))
      mistakes.add(path, `group ${claim.group} has no load, must be all or ${groupsOf(names.load).join(', ')}`);
    if (claim.kind === 'operation' && claim.operation > started)
      mistakes.add(path, `operation ${claim.operation} is never started, ${started} are`);
    if (claim.kind === 'owner') checkOwner(claim, names, path, mistakes);
    return [claim];
  });
}

function checkOwner(
  { shards, units }: Extract<Claim, { kind: 'owner' }>,
  names: ClaimNames,
  path: Path,
  mistakes: ScenarioMistakes,
): void {
  const problem = names.shardsProblem(shards);
  if (problem !== null) mistakes.add([...path, 'owner'], problem);
  for (const unit of units)
    if (!names.units.includes(unit)) mistakes.add([...path, 'owner'], `unit ${unit} is not in the ruleset`);
}

function readClaim(value: ClaimValue): Claim | null {
  if (value.failed !== undefined) return { kind: 'failed', ...value.failed };
  if (value.failedShare !== undefined) return { kind: 'failedShare', ...value.failedShare };
  if (value.pause !== undefined) return { kind: 'pause', ...value.pause };
  if (value.recovered !== undefined) return { kind: 'recovered', ...value.recovered };
  if (value.latency !== undefined) return { kind: 'latency', ...value.latency };
  if (value.lost !== undefined) return { kind: 'lost', ...value.lost };
  if (value.converged !== undefined) return { kind: 'converged', ...value.converged };
  if (value.owner !== undefined) return { kind: 'owner', ...value.owner };
  if (value.operation === undefined) return null;
  return { kind: 'operation', operation: value.operation.number, outcome: value.operation.outcome };
}

const groupsOf = (load: readonly LoadGroup[]): string[] => load.map(({ group }) => group);
