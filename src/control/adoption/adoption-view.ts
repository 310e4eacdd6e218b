import type { Adoption } from '../../core/adoption/adoption.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import type { AdoptionView } from '../api-types.ts';
import { shardsView } from '../operations/shard-runs.ts';

/** An adoption as it is told. `waiting`: what this node knows if it carries it out. */
export function adoptionView(adoption: Adoption, rule: ShardRule, waiting: AdoptionView['waiting']): AdoptionView {
  const { id, author, reason, createdAt, from, incarnation, freezeEpoch, grantEpoch, givenUp, acceptsLoss } = adoption;
  const { superseded, step } = adoption;
  return {
    ...{
      id,
      author,
      reason,
      createdAt,
      from,
      incarnation,
      freezeEpoch,
      grantEpoch,
      givenUp,
      acceptsLoss,
      superseded,
      step,
    },
    owners: adoption.owners.map(({ shards, place, by }) => ({ ...shardsView(rule, shards), place, by })),
    frozen: adoption.frozen.map(({ shards, reason: why }) => ({ ...shardsView(rule, shards), reason: why })),
    steps: adoption.results,
    isReleased: step === 'follow' || step === 'ended',
    waiting: step === 'ended' ? null : waiting,
  };
}
