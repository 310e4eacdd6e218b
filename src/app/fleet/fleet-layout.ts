import type { TopologyDocument } from '../../core/topology-document.ts';
import { CodedError } from '../../errors.ts';

/** One gateway process of the fleet. */
export interface GatewayPlace {
  readonly node: string;
  readonly dataCenter: string;
  readonly door: number;
  readonly admin: number;
  readonly interlink: number;
}

/** One process with all cells of a data center. */
export interface CellsPlace {
  readonly dataCenter: string;
  readonly port: number;
  readonly instancePorts: Readonly<Record<string, readonly number[]>>;
}

export interface FleetLayout {
  readonly controlPort: number;
  readonly gateways: readonly GatewayPlace[];
  readonly cells: readonly CellsPlace[];
}

export interface LayoutWishes {
  readonly basePort: number;
  readonly gateways: number;
  readonly instances: number;
}

/** Ports are in blocks of ten: doors, admin ports, interlinks, cells' processes; a larger fleet takes larger blocks. */
const BLOCK = 10;

/**
 * Who listens where, for the data centers in the ruleset's order: control on the base, then a block each for doors, admin
 * ports, interlinks and cells' processes, then the instances. Throws CLI_USAGE if the ports do not suffice.
 */
export function fleetLayout(document: TopologyDocument, { basePort, gateways, instances }: LayoutWishes): FleetLayout {
  const dataCenters = document.cities.flatMap((city) => city.dataCenters);
  const block = Math.ceil((dataCenters.length * gateways + 1) / BLOCK) * BLOCK;
  const places = dataCenters.flatMap((dataCenter, index) =>
    Array.from({ length: gateways }, (_, copy): GatewayPlace => {
      // The first gateways of all data centers come first, so that their doors are where the documentation says.
      const offset = 1 + copy * dataCenters.length + index;
      const port = (kind: number): number => basePort + kind * block + offset;
      return {
        node: `gateway-${dataCenter}-${copy + 1}`,
        dataCenter,
        door: port(0),
        admin: port(1),
        interlink: port(2),
      };
    }),
  );
  const ports = { next: basePort + 4 * block + 1 };
  const cells = dataCenters.map((dataCenter, index): CellsPlace => {
    const instancePorts = portsOfInstances(document, dataCenter, instances, ports);
    return { dataCenter, port: basePort + 3 * block + 1 + index, instancePorts };
  });
  if (ports.next > 65_535)
    throw new CodedError('CLI_USAGE', `--base-port ${basePort}: the fleet needs ports up to ${ports.next}`);
  return { controlPort: basePort, gateways: places, cells };
}

function portsOfInstances(
  document: TopologyDocument,
  dataCenter: string,
  instances: number,
  ports: { next: number },
): Record<string, readonly number[]> {
  const own = document.units.flatMap((unit) => unit.cells.filter((cell) => cell.dataCenter === dataCenter));
  return Object.fromEntries(own.map((cell) => [cell.id, Array.from({ length: instances }, () => ports.next++)]));
}
