import type { AdoptedOwner, Adoption, LeftFrozen } from '../../core/adoption/adoption.ts';
import { placeKey } from '../../core/operation/operation.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import { shardsView } from '../operations/shard-runs.ts';
import type { ChangeNote } from '../operations/table-change.ts';

type Words = Pick<ChangeNote, 'action' | 'changes'>;

/** What the adoption's transactions did, for the audit. */
export function freezeInWords(adoption: Adoption, seen: readonly string[]): Words {
  const { from, incarnation, givenUp, superseded } = adoption;
  return {
    action: 'adoption of the restored store',
    changes: [
      `the store held epoch ${from.epoch} of incarnation ${from.incarnation}; incarnation ${incarnation} goes on at ${adoption.freezeEpoch}`,
      ...seen,
      ...superseded.map((id) => `operation ${id} of the backup is superseded`),
      ...givenUp.map((dataCenter) => `${dataCenter} is not waited for; what that may lose was accepted`),
      'every shard is frozen',
    ],
  };
}

export function grantInWords(adoption: Adoption, rule: ShardRule): Words {
  const { owners, frozen } = adoption;
  const changes = [
    ...owners.map((owner) => ownerInWords(owner, rule)),
    ...frozen.map((left) => frozenInWords(left, rule)),
  ];
  return { action: 'grant by adoption', changes };
}

export const RELEASE_WORDS: Words = { action: 'release by adoption', changes: ['the granted shards are served again'] };

const PROOFS = {
  promoted: 'its gate shows that it was promoted last',
  'most advanced': 'the most advanced copy that answered; the loss was accepted',
  backup: 'no gate answered; by the backup, and the loss was accepted',
} as const;

function ownerInWords({ shards, place, by }: AdoptedOwner, rule: ShardRule): string {
  return `shards ${shardsView(rule, shards).shards} → ${placeKey(place)}: ${PROOFS[by]}`;
}

function frozenInWords({ shards, reason }: LeftFrozen, rule: ShardRule): string {
  return `shards ${shardsView(rule, shards).shards} stay frozen: ${reason}`;
}
