import { GATE_REFUSALS, type GateRefusal } from '../gate/gate-contract.ts';
import type { CopyTables } from './copied-entries.ts';
import type { GateInput } from './gate-input.ts';
import { inDurableTransaction } from './ledger-database.ts';
import type { Answer } from './unit-error.ts';

interface Highest {
  readonly shard: string;
  readonly incarnation: string;
  readonly epoch: number;
}

/** What a call is compared with. `isLearnt`: the epoch is the lineage of an owner that was promoted without a call here. */
interface Kept extends Highest {
  readonly isLearnt: boolean;
}

/** A refusal of the gate; thrown inside its transaction, so that nothing of the call stays. */
export class GateRefused extends Error {
  readonly answer: Answer;

  constructor(code: GateRefusal, detail: string, highest: readonly Highest[] = []) {
    const { status, message } = GATE_REFUSALS[code];
    super(detail);
    this.answer = { status, body: { error: { code, message: `${message}: ${detail}` }, highest } };
  }
}

/**
 * Runs `work` for each shard in one durable transaction, if this gate keeps no higher version of any of them, and keeps
 * the call's: lower is refused, equal is the same call again, another incarnation is refused unless the call adopts exactly
 * the one that is kept. Throws GateRefused.
 */
export function passVersions<T>(tables: CopyTables, input: GateInput, work: (shard: string) => T): T[] {
  return inDurableTransaction(tables.database, () => {
    for (const code of ['GATE_FOREIGN', 'GATE_STALE'] as const) {
      const refused = input.shards.flatMap((shard) => {
        const kept = keptVersion(tables, shard);
        if (kept === null || refusalOf(kept, input) !== code) return [];
        return [{ shard, incarnation: kept.incarnation, epoch: kept.epoch }];
      });
      const [first] = refused;
      if (first !== undefined)
        throw new GateRefused(
          code,
          `shard ${first.shard} is at epoch ${first.epoch} of ${first.incarnation || 'no incarnation'}, the call at epoch ${input.epoch} of ${input.incarnation}`,
          refused,
        );
    }
    for (const shard of input.shards) keep(tables, shard, input);
    return input.shards.map(work);
  });
}

/** Highest version of the shard that this copy knows of; a lineage that it learnt from the owner counts too. */
function keptVersion({ gates, log }: CopyTables, shard: string): Kept | null {
  const kept = gates.kept(shard);
  const lineage = log.head(shard)?.lineage ?? 0;
  if (kept === null && lineage === 0) return null;
  const epoch = Math.max(kept?.epoch ?? 0, lineage);
  return { shard, incarnation: kept?.incarnation ?? '', epoch, isLearnt: lineage > (kept?.epoch ?? 0) };
}

function refusalOf(kept: Kept, { incarnation, epoch, fields }: GateInput): 'GATE_STALE' | 'GATE_FOREIGN' | null {
  const isForeign = kept.incarnation !== '' && kept.incarnation !== incarnation;
  if (!isForeign) return epoch < kept.epoch ? 'GATE_STALE' : null;
  // A copy that was away while the store was adopted has learnt its new owner's lineage: that very promotion is no stranger's.
  if (kept.isLearnt && epoch === kept.epoch) return null;
  if (fields.adopts !== kept.incarnation) return 'GATE_FOREIGN';
  // Writes carry an epoch and no incarnation: were it not higher, a late write of the old life would pass the new fence.
  return epoch <= kept.epoch ? 'GATE_STALE' : null;
}

function keep({ gates, log }: CopyTables, shard: string, { incarnation, epoch }: GateInput): void {
  const kept = gates.kept(shard);
  if (kept === null || kept.incarnation !== incarnation || kept.epoch < epoch) gates.keep(shard, incarnation, epoch);
  // From now on the shard's role is on record: a changed ruleset does not change it.
  if (log.head(shard) === null) log.save(log.state(shard));
}
