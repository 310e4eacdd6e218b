import type { Clock, Random } from '../core/clock.ts';
import type { Incarnation } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import { CodedError } from '../errors.ts';
import type { CoordStore, StoreWrite } from '../store/coord-store.ts';
import { LIMITS } from '../store/coord-store.ts';
import type { TableReader, TableReading } from '../store/records/table-reader.ts';
import { encodeTable } from '../store/records/table-record.ts';
import { writeTable } from '../store/records/table-writer.ts';
import { ApiError } from './api-error.ts';
import type { ApplyAnswer, ApplyCall } from './api-types.ts';
import { readAuditLink } from './audit-link.ts';
import type { Principal } from './auth/token-list.ts';
import { conflictView, readAudit } from './change-log.ts';
import { planRuleset, type TableReaderNode } from './plan-ruleset.ts';
import { randomUuid } from './random-uuid.ts';
import { auditKey, encodeAudit, makeAudit } from './records/audit-record.ts';
import { encodeRuleset, makeRuleset, RULESET_KEY } from './records/ruleset-record.ts';
import { awayViews, versionView } from './table-view.ts';

/** Another writer can take the head between our reading and our transaction this often without a change of the table. */
const ATTEMPTS = 3;

export interface ApplyDependencies {
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly realm: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Gateways that are not known to be gone. */
  readonly liveReaders: () => readonly TableReaderNode[];
}

/**
 * Applies a ruleset that was parsed already: one transaction that compares the head and writes head, ruleset text and
 * audit. Only on the epoch that it was planned on, else CONFLICT. The answer of a transaction can be lost: then the audit
 * record of that epoch tells by the call's ID whether it was ours. While that is open, any failure is APPLY_UNKNOWN.
 */
export async function applyRuleset(
  dependencies: ApplyDependencies,
  call: ApplyCall,
  document: TopologyDocument,
  principal: Principal,
): Promise<ApplyAnswer> {
  const id = call.id ?? randomUuid(dependencies.random);
  let mayHaveHappened = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await tryApply(dependencies, { ...call, id }, document, principal);
      // Ours, found by its ID after the answer of our own transaction was lost.
      if (answer !== null)
        return mayHaveHappened && answer.outcome === 'again' ? { ...answer, outcome: 'applied' } : answer;
    } catch (error) {
      if (!isAmbiguous(error)) throw mayHaveHappened && isStoreFailure(error) ? unknown(error) : error;
      mayHaveHappened = true;
      if (attempt === ATTEMPTS) throw unknown(error);
      continue;
    }
    if (attempt === ATTEMPTS) {
      throw new ApiError('STORE_OVERLOADED', `the head of the table was rewritten ${ATTEMPTS} times meanwhile`, {}, 1);
    }
  }
}

type IdentifiedCall = ApplyCall & { readonly id: string };

/** Null: the head was rewritten meanwhile, though not necessarily the table; look again. */
async function tryApply(
  dependencies: ApplyDependencies,
  call: IdentifiedCall,
  document: TopologyDocument,
  principal: Principal,
): Promise<ApplyAnswer | null> {
  const { tables, realm, random } = dependencies;
  const reading = await tables.read();
  const before = reading?.table ?? null;
  if (!isPlannedOn(call, before)) return notPlannedOn(dependencies.store, call, before);
  const incarnation = before?.incarnation ?? (randomUuid(random) as Incarnation);
  const plan = planRuleset(before, document, realm, incarnation, dependencies.liveReaders());
  if (plan.refusals.length > 0) {
    throw new ApiError('RULES_REFUSED', plan.refusals.join('; '), { refusals: plan.refusals });
  }
  if (plan.after === null) {
    if (before === null) throw new Error('a first ruleset always changes something');
    return { ...versionView(before), outcome: 'nothing', digest: before.digest, changes: [], away: awayViews(before) };
  }
  return write(dependencies, call, principal, { reading, after: plan.after, changes: plan.changes });
}

function isPlannedOn(call: ApplyCall, running: Table | null): boolean {
  if (running === null) return call.plannedOnEpoch === 0;
  const wanted = call.incarnation ?? running.incarnation;
  return call.plannedOnEpoch === running.epoch && wanted === running.incarnation;
}

/** The same call was carried out before → its answer again; else a conflict with what changed since. */
async function notPlannedOn(store: CoordStore, call: IdentifiedCall, running: Table | null): Promise<ApplyAnswer> {
  if (running !== null && running.epoch > call.plannedOnEpoch) {
    const audit = await readAudit(store, call.plannedOnEpoch + 1);
    if (audit !== null && audit.id === call.id && audit.incarnation === running.incarnation) {
      const { incarnation, sequence: epoch, digest, changes } = audit;
      return { incarnation, epoch, outcome: 'again', digest, changes, away: awayViews(running) };
    }
  }
  const conflict = await conflictView(store, call.plannedOnEpoch, running);
  const runs =
    running === null ? 'nothing runs yet' : `epoch ${running.epoch} of incarnation ${running.incarnation} runs`;
  throw new ApiError('CONFLICT', `planned on epoch ${call.plannedOnEpoch}, ${runs}`, { conflict });
}

interface Change {
  readonly reading: TableReading | null;
  readonly after: Table;
  readonly changes: readonly string[];
}

async function write(
  { store, clock }: ApplyDependencies,
  call: IdentifiedCall,
  principal: Principal,
  { reading, after, changes }: Change,
): Promise<ApplyAnswer | null> {
  const { digest } = encodeTable(after).head;
  const fromEpoch = reading?.table.epoch ?? 0;
  const { previous, condition } = await readAuditLink(store, fromEpoch);
  const said = { author: principal.name, reason: call.reason ?? '', at: clock.wallMs() };
  const audit = makeAudit({
    ...said,
    sequence: after.epoch,
    incarnation: after.incarnation,
    role: principal.role,
    action: `apply ruleset ${call.file}`,
    id: call.id,
    changes,
    fromEpoch,
    digest,
    previous,
  });
  const ruleset = makeRuleset({ ...said, file: call.file, text: call.text, epoch: after.epoch });
  const key = auditKey(after.epoch);
  const writes: StoreWrite[] = [
    { key: RULESET_KEY, value: encodeRuleset(ruleset) },
    { key, value: encodeAudit(audit) },
  ];
  checkSize(writes);
  // The comparison of the head guards the audit's key too: whoever writes this epoch has written the head.
  const accompaniment = { conditions: [condition], writes };
  const { result } = await writeTable(store, after, reading?.headVersion ?? null, accompaniment);
  if (result.kind === 'conflict') return null;
  const table = { ...after, digest };
  return { ...versionView(after), outcome: 'applied', digest, changes, away: awayViews(table) };
}

function checkSize(writes: readonly StoreWrite[]): void {
  for (const { key, value } of writes) {
    const bytes = Buffer.byteLength(value ?? '');
    if (bytes > LIMITS.valueBytes) {
      throw new CodedError(
        'CALL_TOO_LARGE',
        `record ${key} would have ${bytes} bytes, at most ${LIMITS.valueBytes} are allowed`,
      );
    }
  }
}

function isAmbiguous(error: unknown): boolean {
  return error instanceof CodedError && (error.code === 'STORE_AMBIGUOUS' || error.code === 'STORE_CLOSED');
}

function isStoreFailure(error: unknown): boolean {
  return error instanceof CodedError && error.code.startsWith('STORE_');
}

function unknown(error: unknown): ApiError {
  return new ApiError('APPLY_UNKNOWN', error instanceof Error ? error.message : String(error), {}, 2);
}
