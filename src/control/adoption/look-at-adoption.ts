import { copyPlaces } from '../../core/adoption/copy-places.ts';
import { findOwners, type ShownCopies } from '../../core/adoption/find-owners.ts';
import { highestSeen, type SeenVersion } from '../../core/adoption/first-epoch.ts';
import type { ShardId } from '../../core/ids.ts';
import type { ShardRun } from '../../core/loss/shard-run.ts';
import type { Place } from '../../core/operation/operation.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import type { TableReading } from '../../store/records/table-reader.ts';
import { ApiError } from '../api-error.ts';
import type { AdoptionAnswer, AdoptionGateView, AdoptionProgressAnswer, AdoptionShardsView } from '../api-types.ts';
import { largestHorizonMs, readGuardHorizons } from '../operations/guard-horizons.ts';
import { readOperations, type StoredOperation } from '../operations/operation-store.ts';
import { shardsView } from '../operations/shard-runs.ts';
import { versionView } from '../table-view.ts';
import type { AdoptionDesk } from './adoption-desk.ts';
import { readAdoption, type StoredAdoption } from './adoption-record.ts';
import { adoptionView } from './adoption-view.ts';
import { evidenceInWords, isProof } from './restore-evidence.ts';
import type { RestoreWatch, Surveys } from './restore-watch.ts';

/** What the calls about adoptions work with. */
export interface AdoptionContext {
  readonly realm: string;
  /** Itself, not the checked one. */
  readonly store: CoordStore;
  readonly watch: RestoreWatch;
  readonly desk: AdoptionDesk;
  readonly horizonMs: number;
}

/** Everything that an adoption would rest on, as of now. */
export interface AdoptionGround {
  readonly reading: TableReading;
  /** Every version that anybody showed, the store's own among them. */
  readonly seen: readonly SeenVersion[];
  readonly surveys: Surveys;
  readonly operations: readonly StoredOperation[];
  readonly stored: StoredAdoption;
  /** The largest L of control and of the guards that have announced themselves in this store, ms. */
  readonly horizonMs: number;
}

/** More often than this the table does not change while everybody is asked: an operation would have to be under way. */
const LOOKS = 10;

/** Asks everybody. Throws NO_RULESET where there is no table to adopt. */
export async function lookAround(context: AdoptionContext): Promise<AdoptionGround> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const ground = await lookOnce(context);
    // A table that changed meanwhile would look like one that went back.
    const later = await context.desk.tables.read();
    if (later?.headVersion === ground.reading.headVersion) return ground;
  }
  throw new ApiError('STORE_OVERLOADED', `the table changed ${LOOKS} times while everybody was asked`, {}, 1);
}

async function lookOnce({ store, watch, desk, realm, horizonMs }: AdoptionContext): Promise<AdoptionGround> {
  const reading = await desk.tables.read();
  if (reading === null)
    throw new ApiError('NO_RULESET', `realm ${realm} has no table; apply its ruleset first, then adopt`);
  const [surveys, guards, { operations }, stored, horizons] = await Promise.all([
    watch.survey(reading.table),
    watch.guards(),
    readOperations(store),
    readAdoption(store),
    readGuardHorizons(store),
  ]);
  const { incarnation, epoch } = reading.table;
  const before = stored.adoption === null ? [] : [lastOf(stored.adoption)];
  const seen = [...watch.seen(), ...guards, ...before, { incarnation, epoch, by: 'the store' }];
  return { reading, seen, surveys, operations, stored, horizonMs: largestHorizonMs(horizonMs, horizons) };
}

/** `GET /v1/store/adoption`. */
export async function answerAdoption(context: AdoptionContext): Promise<AdoptionAnswer> {
  const { reading, seen, surveys, operations, stored, horizonMs } = await lookAround(context);
  const { table } = reading;
  const highest = highestSeen(seen);
  const { adoption } = stored;
  return {
    realm: context.realm,
    store: versionView(table),
    evidence: evidenceInWords(table, seen),
    highest: highest ?? { ...versionView(table), by: 'the store' },
    gates: [...surveys]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([dataCenter]) => gateView(table, surveys, dataCenter)),
    shards: shardViews(table, surveys),
    openOperations: operations.flatMap(({ operation: { id, outcome } }) => (outcome === null ? [id] : [])),
    windowMs: freezeWindowMs(horizonMs),
    adoption:
      adoption === null ? null : adoptionView(adoption, table.topology.shardRule, context.desk.waiting(adoption)),
  };
}

/** `GET /v1/store/adoption/progress`: asks nobody but the store. */
export async function answerProgress({ store, desk, realm }: AdoptionContext): Promise<AdoptionProgressAnswer> {
  const [reading, { adoption }] = await Promise.all([desk.tables.read(), readAdoption(store)]);
  if (reading === null) throw new ApiError('NO_RULESET', `realm ${realm} has no table`);
  if (adoption === null) return { adoption };
  return { adoption: adoptionView(adoption, reading.table.topology.shardRule, desk.waiting(adoption)) };
}

function lastOf({ incarnation, freezeEpoch, grantEpoch }: NonNullable<StoredAdoption['adoption']>): SeenVersion {
  const epoch = grantEpoch === null || grantEpoch < freezeEpoch ? freezeEpoch : grantEpoch;
  return { incarnation, epoch, by: 'the adoption on record' };
}

function gateView(table: Table, surveys: Surveys, dataCenter: string): AdoptionGateView {
  const survey = surveys.get(dataCenter);
  if (survey === undefined || survey.kind === 'silent')
    return { dataCenter, answers: false, detail: survey?.detail ?? '', highest: null };
  const highest = highestSeen(survey.seen.filter((each) => isProof(table, each)));
  const view = highest === null ? null : { incarnation: highest.incarnation, epoch: highest.epoch };
  return { dataCenter, answers: true, detail: '', highest: view };
}

export function shownCopies(surveys: Surveys): ShownCopies {
  return new Map(
    [...surveys].flatMap(([dataCenter, survey]) => (survey.kind === 'answered' ? [[dataCenter, survey.copies]] : [])),
  );
}

/** What each shard would get if nothing were given up, cut where the backup's owner changes. */
function shardViews(table: Table, surveys: Surveys): AdoptionShardsView[] {
  const { owners, frozen } = findOwners(table, shownCopies(surveys), { acceptsLoss: false, gateless: new Set() });
  const held = new Set(copyPlaces(table).flatMap(({ shards }) => [...eachShard(shards)]));
  const views = [
    ...owners.flatMap(({ shards, place, by }) => cut(table, shards, { owner: place, by, reason: '' })),
    ...frozen.flatMap(({ shards, reason }) => cut(table, shards, { owner: null, by: null, reason })),
  ];
  const isHeld = ({ from }: { from: number }): boolean => held.has(from);
  return views
    .filter(isHeld)
    .sort((a, b) => a.from - b.from)
    .map(({ view }) => view);
}

function cut(
  table: Table,
  runs: readonly ShardRun[],
  fate: Pick<AdoptionShardsView, 'owner' | 'by' | 'reason'>,
): { readonly from: number; readonly view: AdoptionShardsView }[] {
  const groups = new Map<string, { backup: Place | null; shards: number[] }>();
  for (const shard of eachShard(runs)) {
    const backup = backupOf(table, shard);
    const key = JSON.stringify(backup);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { backup, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()].map(({ backup, shards }) => {
    const named = shardsView(table.topology.shardRule, runsOf(shards));
    return { from: shards[0] ?? 0, view: { ...named, backup, ...fate } };
  });
}

function backupOf({ topology, shards }: Table, shard: number): Place | null {
  const { owner, primary } = shards.at(shard as ShardId);
  const unit = topology.units[owner];
  const dataCenter = topology.dataCenters[primary];
  return unit === undefined || dataCenter === undefined ? null : { unit: unit.id, dataCenter: dataCenter.id };
}
