import { type FleetLayout, fleetLayout } from '../../src/app/fleet/fleet-layout.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { ScenarioTopology } from '../scenario/scenario.ts';

/** One member of the store's cluster. */
export interface MemberPlace {
  readonly name: string;
  readonly dataCenter: string;
  readonly client: number;
  readonly peer: number;
  readonly health: number;
}

/** Who listens where in a live drill. */
export interface LiveLayout extends FleetLayout {
  readonly basePort: number;
  /** Ports by control node's name; the first one's is the fleet's `controlPort`. */
  readonly controls: ReadonlyMap<string, number>;
  readonly members: readonly MemberPlace[];
}

/** Ports of one drill: the fleet's own, then more control nodes, then the store's members. */
export const PORTS = 220;
const CONTROLS_AT = 180;
const MEMBERS_AT = 190;

export function liveLayout(document: TopologyDocument, topology: ScenarioTopology, basePort: number): LiveLayout {
  const wishes = { basePort, gateways: topology.gatewaysPerDataCenter, instances: 1 };
  const fleet = fleetLayout(document, wishes);
  const controls = Array.from({ length: topology.controls }, (_, index): [string, number] => [
    `control-${index + 1}`,
    index === 0 ? fleet.controlPort : basePort + CONTROLS_AT + index,
  ]);
  const dataCenters = topology.store.kind === 'etcd' ? topology.store.members : [];
  const members = dataCenters.map((dataCenter, index): MemberPlace => {
    const port = (kind: number): number => basePort + MEMBERS_AT + kind * dataCenters.length + index;
    return { name: `store-${index + 1}`, dataCenter, client: port(0), peer: port(1), health: port(2) };
  });
  return { ...fleet, basePort, controls: new Map(controls), members };
}

/** Names of all processes of a data center. */
export function processesOf({ gateways, members }: LiveLayout, dataCenter: string): string[] {
  const here = (place: { readonly dataCenter: string }): boolean => place.dataCenter === dataCenter;
  return [
    ...gateways.filter(here).map(({ node }) => node),
    `cells-${dataCenter}`,
    ...members.filter(here).map(({ name }) => name),
  ];
}
