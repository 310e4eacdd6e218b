import { findOwners, type ShownCopy } from '../../../src/core/adoption/find-owners.ts';
import type { Epoch, Incarnation, ShardId } from '../../../src/core/ids.ts';
import { firstTable, type Table } from '../../../src/core/table.ts';
import { openTopology } from '../../run/topology-file.ts';
import type { Model } from '../explore.ts';

/** Shard 00, its home, and the units that it may be moved to; by the data center where each takes writes. */
const SHARD = 0;
const UNITS = { 'hz-a': 'RZ01', 'sh-a': 'RZ03', 'sz-a': 'RZ05' } as const;
type Place = keyof typeof UNITS;
const PLACES = Object.keys(UNITS) as Place[];
/** Second cells of their units: they follow at once, and are never promoted. */
const FOLLOWERS = ['hz-b', 'sh-b'] as const;

const FIRST: Table = firstTable(openTopology('three-cities.yaml'), 'life' as Incarnation, '');
const MOST_WRITES = 2;
const MOST_EPOCH = 6;

interface Copy {
  readonly role: ShownCopy['role'];
  readonly lineage: number;
  /** Writes in order, a letter each. */
  readonly log: string;
}

export interface AdoptionState {
  readonly epoch: number;
  readonly owner: Place;
  readonly copies: Readonly<Record<Place, Copy>>;
  /** Acknowledged, and not in a range that an emergency put on record. */
  readonly acknowledged: string;
  readonly writes: number;
  /** What the backup of the store says; null: none was made. */
  readonly backup: { readonly epoch: number; readonly owner: Place } | null;
  /** Whom the store that was restored from the backup gets as owner, by what the gates of all but `silent` show. */
  readonly adopted: { readonly owner: string | null; readonly silent: string | null } | null;
}

const copyOf = (role: Copy['role']): Copy => ({ role, lineage: 0, log: '' });

/**
 * One shard, three copies that may be promoted, moves and emergencies, a backup of the store at any time, and its restoration, with
 * the real choice of the owner (docs/decisions/009-adopting-a-restored-store.md).
 */
export class AdoptionModel implements Model<AdoptionState> {
  readonly first: AdoptionState = {
    epoch: 1,
    owner: 'hz-a',
    copies: { 'hz-a': copyOf('writable'), 'sh-a': copyOf('copy'), 'sz-a': copyOf('copy') },
    acknowledged: '',
    writes: 0,
    backup: null,
    adopted: null,
  };

  key(state: AdoptionState): string {
    return JSON.stringify(state);
  }

  violation({ adopted, copies, acknowledged, owner }: AdoptionState): string | null {
    if (adopted === null || adopted.owner === null) return null;
    const copy = copies[adopted.owner as Place] as Copy | undefined;
    const lost = [...acknowledged].filter((write) => copy?.log.includes(write) !== true);
    if (adopted.owner !== owner) return `the owner after the adoption is ${adopted.owner}, promoted last was ${owner}`;
    return lost.length === 0 ? null : `the owner after the adoption does not have ${lost.join()}`;
  }

  successors(state: AdoptionState): readonly (readonly [string, AdoptionState])[] {
    if (state.adopted !== null) return [];
    const steps: (readonly [string, AdoptionState])[] = [...this.#writes(state)];
    for (const place of PLACES) if (place !== state.owner) steps.push(...stepsOf(state, place));
    const { backup, epoch, owner } = state;
    if (backup === null) steps.push(['the store is backed up', { ...state, backup: { epoch, owner } }]);
    else
      for (const silent of [null, ...PLACES])
        steps.push([`the store is restored, silent: ${silent}`, { ...state, adopted: { ...adopt(state, silent) } }]);
    return steps;
  }

  *#writes(state: AdoptionState): Iterable<readonly [string, AdoptionState]> {
    const { writes, owner, copies } = state;
    if (writes >= MOST_WRITES) return;
    const write = String.fromCharCode(97 + writes);
    const copy = { ...copies[owner], log: copies[owner].log + write };
    const after = { ...state, writes: writes + 1, copies: { ...copies, [owner]: copy } };
    yield [`${owner} takes and acknowledges ${write}`, { ...after, acknowledged: state.acknowledged + write }];
  }
}

/** What can become of a copy that is not the owner's. */
function* stepsOf(state: AdoptionState, place: Place): Iterable<readonly [string, AdoptionState]> {
  const { copies, owner, epoch } = state;
  const [own, theirs] = [copies[owner], copies[place]];
  const withCopy = (copy: Copy): AdoptionState => ({ ...state, copies: { ...copies, [place]: copy } });
  const follows = theirs.role === 'copy' && theirs.lineage === own.lineage;
  if (follows && theirs.log !== own.log) yield [`${place} gets what it lacks`, withCopy({ ...theirs, log: own.log })];
  if (theirs.lineage < own.lineage && theirs.role !== 'stale')
    yield [`${place} hears that it is outdated`, withCopy({ ...theirs, role: 'stale' })];
  if (!follows) yield [`${place} follows ${owner}`, withCopy({ role: 'copy', lineage: own.lineage, log: own.log })];
  if (!follows || epoch + 2 > MOST_EPOCH) return;
  const how = theirs.log === own.log ? 'a move' : 'an emergency';
  const promoted: Copy = { role: 'writable', lineage: epoch + 2, log: theirs.log };
  // What an emergency's copy lacks is on record as lost.
  const acknowledged = [...state.acknowledged].filter((write) => theirs.log.includes(write)).join('');
  yield [`${how} to ${place}`, { ...withCopy(promoted), owner: place, epoch: epoch + 2, acknowledged }];
}

function adopt({ backup, copies, owner }: AdoptionState, silent: string | null): NonNullable<AdoptionState['adopted']> {
  const shown = new Map(
    [...PLACES, ...FOLLOWERS]
      .filter((place) => place !== silent)
      .map((place) => [place, new Map([[SHARD, shownBy(copies, owner, place)]])] as const),
  );
  const terms = { acceptsLoss: false, gateless: new Set<string>() };
  const { owners } = findOwners(tableOf(backup), shown, terms);
  const found = owners.find(({ shards }) => shards.some(([from, to]) => from <= SHARD && SHARD <= to));
  return { owner: found?.place.dataCenter ?? null, silent };
}

function shownBy(copies: AdoptionState['copies'], owner: Place, place: string): ShownCopy {
  const { role, lineage, log } = place in copies ? copies[place as Place] : { ...copies[owner], role: 'copy' as const };
  return { role, lineage, offset: log.length };
}

/** The table as the backup has it. */
function tableOf(backup: AdoptionState['backup']): Table {
  if (backup === null || backup.epoch === 1) return FIRST;
  const { topology } = FIRST;
  const shards = FIRST.shards.copy();
  const epoch = backup.epoch as Epoch;
  const owner = topology.unitIndex.get(UNITS[backup.owner]) ?? 0;
  const primary = topology.dataCenterIndex.get(backup.owner) ?? 0;
  shards.fill(SHARD, SHARD, { ...shards.at(SHARD as ShardId), epoch, owner, primary, since: epoch });
  return { ...FIRST, epoch, shards };
}
