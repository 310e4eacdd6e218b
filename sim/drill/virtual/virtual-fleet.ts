import type { TopologyDocument } from '../../../src/core/topology-document.ts';
import { DEFAULT_GUARD_SETTINGS } from '../../../src/gateway/guard/guard-settings.ts';
import { REPLICATION_DEFAULTS } from '../../../src/reference-unit/process-options.ts';
import { Fleet } from '../../fleet/fleet.ts';
import type { ScenarioTopology } from '../../scenario/scenario.ts';
import type { World } from '../../world/world.ts';

/** A store that is one file lies in no data center: no fault of one touches it, as in a live drill. */
const NOWHERE = '';

/** The fleet that a scenario asks for, with the settings that `ldc fleet` gives to real processes. */
export function virtualFleet(world: World, topology: TopologyDocument, wanted: ScenarioTopology): Fleet {
  const { gatewaysPerDataCenter, controls, guardHorizonMs: horizonMs, acknowledge, store } = wanted;
  return new Fleet(world, {
    ...{ topology, gatewaysPerDataCenter, controls, acknowledge },
    storeMembers: store.kind === 'etcd' ? store.members : [NOWHERE],
    // Four reads within a horizon, as by default.
    gateway: { guard: { ...DEFAULT_GUARD_SETTINGS, horizonMs, readMs: Math.floor(horizonMs / 4) } },
    operations: { horizonMs },
    replication: { ...REPLICATION_DEFAULTS, acknowledge },
  });
}
