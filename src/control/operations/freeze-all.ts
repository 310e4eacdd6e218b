import { ApiError } from '../api-error.ts';
import type { FreezeAllAnswer, FreezeAllCall } from '../api-types.ts';
import type { Principal } from '../auth/token-list.ts';
import type { ControlContext } from '../control-context.ts';
import { randomUuid } from '../random-uuid.ts';
import { encodePolicy, POLICY_KEY, type PolicyRecord } from '../records/policy-record.ts';
import { readPolicy } from './operation-store.ts';
import { isAmbiguous } from './store-fault.ts';
import { changeTable } from './table-change.ts';

const ATTEMPTS = 10;

/**
 * Turns the switch that forbids all operations. It takes an epoch of its own, so that it stands in the audit's chain and so that
 * an operation that is put on record at the same moment either sees it or comes before it. Turning it to where it is does nothing.
 */
export async function turnFreezeAll(
  context: ControlContext,
  { on, reason = '' }: FreezeAllCall,
  principal: Principal,
): Promise<FreezeAllAnswer> {
  const { store, tables, clock, random } = context;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { policy, version } = await readPolicy(store);
    if (policy.freezeAll.on === on) return policy.freezeAll;
    const reading = await tables.read();
    if (reading === null) throw new ApiError('NO_RULESET', `realm ${context.realm} has no table`);
    const freezeAll = { on, author: principal.name, reason, at: clock.wallMs() };
    const next: PolicyRecord = { ...policy, freezeAll };
    const note = {
      author: principal.name,
      role: principal.role,
      action: `freeze-all ${on ? 'on' : 'off'}`,
      reason,
      id: randomUuid(random),
      changes: [on ? 'all operations are forbidden' : 'operations are allowed again'],
    };
    const extra = {
      conditions: [{ key: POLICY_KEY, version }],
      writes: [{ key: POLICY_KEY, value: encodePolicy(next) }],
    };
    try {
      const result = await changeTable({ store, clock }, reading, {}, note, extra);
      if (result.kind === 'committed') return freezeAll;
    } catch (error) {
      // The next look finds the switch where it should be, or turns it again.
      if (!isAmbiguous(error)) throw error;
      if (attempt === ATTEMPTS) throw new ApiError('OPERATION_UNKNOWN', (error as Error).message, {}, 1);
    }
  }
  throw new ApiError('STORE_OVERLOADED', `the table changed ${ATTEMPTS} times meanwhile`, {}, 1);
}
