import type { Clock, Random } from '../core/clock.ts';
import type { Table } from '../core/table.ts';
import type { CoordStore } from '../store/coord-store.ts';
import type { EdgeRecord } from '../store/records/node-record.ts';
import type { TableReader } from '../store/records/table-reader.ts';
import type { RestoreWatch } from './adoption/restore-watch.ts';
import { ApiError } from './api-error.ts';
import type { ControlObserver } from './control-event.ts';
import { gatewayState } from './edge-liveness.ts';
import type { EdgeWatch } from './edge-watch.ts';
import type { ExplainRules } from './explain-route.ts';

/** What the calls of the API work with. */
export interface ControlContext {
  readonly realm: string;
  readonly node: string;
  /** Of the program. */
  readonly version: string;
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly edges: EdgeWatch;
  /** Whether the store went back behind what others have seen. */
  readonly restored: RestoreWatch;
  readonly clock: Clock;
  readonly random: Random;
  /** L as this node is told, ms. */
  readonly horizonMs: number;
  readonly explain: ExplainRules;
  readonly observer: ControlObserver;
}

/** The running table, read linearizably for this call; throws NO_RULESET before the first. */
export async function runningTable(context: ControlContext): Promise<Table> {
  const reading = await context.tables.read();
  if (reading !== null) return reading.table;
  throw new ApiError('NO_RULESET', `realm ${context.realm} has no table`);
}

/** Records of the gateways that are not known to be gone. */
export function liveEdges({ edges }: ControlContext): EdgeRecord[] {
  return edges.observation.edges
    .filter((edge) => gatewayState(edge, edges.settings.aliveMs) !== 'silent')
    .map((edge) => edge.record);
}
