import { type Adoption, isUnderWay } from '../../core/adoption/adoption.ts';
import { frozenShards } from '../../core/adoption/apply-adoption.ts';
import { firstEpoch, successionOf } from '../../core/adoption/first-epoch.ts';
import type { Clock, Random } from '../../core/clock.ts';
import type { Incarnation } from '../../core/ids.ts';
import type { Operation } from '../../core/operation/operation.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import type { StoreCondition, StoreWrite } from '../../store/coord-store.ts';
import { HEAD_KEY } from '../../store/records/head-record.ts';
import { ApiError } from '../api-error.ts';
import type { AdoptionCall, AdoptionStartAnswer } from '../api-types.ts';
import type { Principal } from '../auth/token-list.ts';
import type { StoredOperation } from '../operations/operation-store.ts';
import { isAmbiguous } from '../operations/store-fault.ts';
import { writeAuditedTable } from '../operations/table-change.ts';
import { randomUuid } from '../random-uuid.ts';
import { encodeOperation, operationKey, wishKey } from '../records/operation-record.ts';
import { ADOPTION_KEY, encodeAdoption, readAdoption } from './adoption-record.ts';
import { adoptionView } from './adoption-view.ts';
import { freezeInWords } from './adoption-words.ts';
import { authorOf } from './adoption-writer.ts';
import { type AdoptionContext, type AdoptionGround, lookAround } from './look-at-adoption.ts';
import { evidenceInWords } from './restore-evidence.ts';

/** Gateways' and leaders' records change all the time, the head does not: more often than this somebody else changes it. */
const ATTEMPTS = 10;
/** Operations that one transaction ends; three entries each. */
const ENDED_AT_ONCE = 30;

export interface StartAdoptionParts extends AdoptionContext {
  readonly clock: Clock;
  readonly random: Random;
}

/** Puts an adoption on record together with its table, in which every shard is frozen. The leader carries it out. */
export async function startAdoption(
  parts: StartAdoptionParts,
  call: AdoptionCall,
  principal: Principal,
): Promise<AdoptionStartAnswer> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const ground = await lookAround(parts);
    checkGivenUp(call, ground);
    const known = ground.stored.adoption;
    if (known?.id === call.id) return answer(parts, ground, 'again', known);
    if (isUnderWay(known) && call.force !== true) {
      const joined = await join(parts, call, ground, known);
      if (joined !== null) return joined;
      continue;
    }
    checkWanted(call, ground);
    const adoption = await tryStart(parts, call, ground, principal);
    if (adoption === null) continue;
    parts.desk.nudge();
    return answer(parts, ground, 'started', adoption);
  }
  throw new ApiError('STORE_OVERLOADED', `the table changed ${ATTEMPTS} times meanwhile`, {}, 1);
}

function checkGivenUp({ giveUp = [], acceptDataLoss }: AdoptionCall, { reading }: AdoptionGround): void {
  const { dataCenterIndex } = reading.table.topology;
  const unknown = giveUp.filter((name) => !dataCenterIndex.has(name));
  if (unknown.length > 0)
    throw new ApiError(
      'CALL_INVALID',
      `giveUp: no data center ${unknown.join(', ')}; there are ${[...dataCenterIndex.keys()].join(', ')}`,
    );
  if (giveUp.length > 0 && acceptDataLoss !== true) {
    const detail = `without ${giveUp.join(', ')} acknowledged writes may be lost: acceptDataLoss (--accept-data-loss) has to be given too`;
    throw new ApiError('ADOPTION_REFUSED', detail);
  }
}

function checkWanted(call: AdoptionCall, { reading, seen }: AdoptionGround): void {
  const { incarnation, epoch } = reading.table;
  if (call.store.incarnation !== incarnation || call.store.epoch !== epoch) {
    const detail = `looked at with the store at epoch ${call.store.epoch}, it is at epoch ${epoch} of incarnation ${incarnation}`;
    throw new ApiError('CONFLICT', detail);
  }
  if (call.force === true || evidenceInWords(reading.table, seen).length > 0) return;
  const detail = `nobody shows a later table than the store's epoch ${epoch}: an adoption would stop all writes for nothing; force (--force) does it all the same`;
  throw new ApiError('ADOPTION_REFUSED', detail);
}

async function join(
  parts: StartAdoptionParts,
  { giveUp = [], acceptDataLoss = false }: AdoptionCall,
  ground: AdoptionGround,
  known: Adoption,
): Promise<AdoptionStartAnswer | null> {
  const givenUp = [...new Set([...known.givenUp, ...giveUp])];
  const acceptsLoss = known.acceptsLoss || acceptDataLoss;
  if (givenUp.length === known.givenUp.length && acceptsLoss === known.acceptsLoss)
    return answer(parts, ground, 'joined', known);
  const next = { ...known, givenUp, acceptsLoss };
  const condition = { key: ADOPTION_KEY, version: ground.stored.version };
  const result = await parts.store.transact([condition], [{ key: ADOPTION_KEY, value: encodeAdoption(next) }]);
  if (result.kind === 'conflict') return null;
  parts.desk.nudge();
  return answer(parts, ground, 'joined', next);
}

/** Null: something that was compared changed. */
async function tryStart(
  parts: StartAdoptionParts,
  call: AdoptionCall,
  ground: AdoptionGround,
  principal: Principal,
): Promise<Adoption | null> {
  const { store, clock } = parts;
  const { reading, seen, stored } = ground;
  const { table } = reading;
  const open = ground.operations.filter(({ operation }) => operation.outcome === null);
  const adoption = adoptionOf(parts, call, ground, principal, open);
  const { incarnation, succeeds, freezeEpoch: epoch } = adoption;
  const head = { key: HEAD_KEY, version: reading.headVersion };
  const later = open.slice(ENDED_AT_ONCE);
  for (let from = 0; from < later.length; from += ENDED_AT_ONCE) {
    const part = endOf(later.slice(from, from + ENDED_AT_ONCE), adoption, clock.wallMs());
    if ((await store.transact([head, ...part.conditions], part.writes)).kind === 'conflict') return null;
  }
  const ended = endOf(open.slice(0, ENDED_AT_ONCE), adoption, clock.wallMs());
  const extra = {
    conditions: [{ key: ADOPTION_KEY, version: stored.version }, ...ended.conditions],
    writes: [{ key: ADOPTION_KEY, value: encodeAdoption(adoption) }, ...ended.writes],
  };
  const note = { ...freezeInWords(adoption, evidenceInWords(table, seen)), ...authorOf(adoption) };
  const content = { ...table, incarnation, succeeds, epoch, shards: frozenShards(table, adoption) };
  try {
    const result = await writeAuditedTable({ store, clock }, reading, content, note, extra);
    return result.kind === 'committed' ? adoption : null;
  } catch (error) {
    if (!isAmbiguous(error)) throw error;
    // The record tells by its ID whether it was ours.
    const { adoption: found } = await readAdoption(store).catch(() => ({ adoption: null }));
    if (found?.id === adoption.id) return found;
    throw new ApiError('OPERATION_UNKNOWN', (error as Error).message, {}, 1);
  }
}

function adoptionOf(
  { clock, random }: StartAdoptionParts,
  { id, reason = '', giveUp = [], acceptDataLoss = false }: AdoptionCall,
  { reading, seen, horizonMs }: AdoptionGround,
  principal: Principal,
  open: readonly StoredOperation[],
): Adoption {
  const { table } = reading;
  return {
    format: 1,
    id,
    author: principal.name,
    reason,
    createdAt: clock.wallMs(),
    from: { incarnation: table.incarnation, epoch: table.epoch },
    incarnation: randomUuid(random) as Incarnation,
    succeeds: successionOf(table, seen),
    freezeEpoch: firstEpoch(seen),
    grantEpoch: null,
    windowMs: freezeWindowMs(horizonMs),
    givenUp: giveUp,
    acceptsLoss: acceptDataLoss,
    superseded: open.map(({ operation }) => operation.id),
    owners: [],
    frozen: [],
    followed: [],
    step: 'wait',
    results: [],
  };
}

function endOf(
  open: readonly StoredOperation[],
  { id }: Adoption,
  endedAt: number,
): { readonly conditions: StoreCondition[]; readonly writes: StoreWrite[] } {
  const reason = `superseded: the store was restored, and adoption ${id} begins anew from what the gates show`;
  const ended = ({ operation }: StoredOperation): Operation => ({
    ...operation,
    step: 'ended',
    stepSequence: operation.stepSequence + 1,
    results: [...operation.results, { step: operation.step, endedAt, detail: reason }],
    outcome: { kind: 'aborted', reason },
  });
  return {
    conditions: open.map(({ operation, version }) => ({ key: operationKey(operation.id), version })),
    writes: open.flatMap((each) => [
      { key: operationKey(each.operation.id), value: encodeOperation(ended(each)) },
      { key: wishKey(each.operation.id), value: null },
    ]),
  };
}

function answer(
  { desk }: StartAdoptionParts,
  { reading }: AdoptionGround,
  outcome: AdoptionStartAnswer['outcome'],
  adoption: Adoption,
): AdoptionStartAnswer {
  return { outcome, adoption: adoptionView(adoption, reading.table.topology.shardRule, desk.waiting(adoption)) };
}
