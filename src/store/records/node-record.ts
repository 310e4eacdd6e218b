import type { BootId, DataCenterId, Epoch, Incarnation, NodeId } from '../../core/ids.ts';
import { checkTexts, parseRecord, RecordError } from './record-error.ts';

export const EDGE_PREFIX = 'edges/';

/** What a gateway says of itself. It counts as alive while `beat` changes, on the reader's own clock. */
export interface EdgeRecord {
  readonly format: 1;
  readonly node: NodeId;
  readonly boot: BootId;
  readonly dataCenter: DataCenterId;
  readonly version: string;
  /** Formats of the table's records that it reads; nothing is written that a live node cannot read. */
  readonly formats: readonly number[];
  /** `host:port` of its listeners, as other machines reach them. */
  readonly door: string;
  readonly admin: string;
  readonly interlink: string;
  /** What it runs; null while it has no table. */
  readonly applied: { readonly incarnation: Incarnation; readonly epoch: Epoch } | null;
  /** Health of its data center's cells as it sees them. */
  readonly cells: readonly CellReport[];
  /** Grows with every renewal. */
  readonly beat: number;
}

export interface CellReport {
  readonly cell: string;
  readonly instances: readonly InstanceReport[];
}

export interface InstanceReport {
  readonly address: string;
  /** `checking`: not yet checked. `ejected`: passes its checks, but failed on traffic. */
  readonly health: 'healthy' | 'unhealthy' | 'checking' | 'ejected' | 'draining';
  readonly origin: 'static' | 'dns' | 'registered';
}

export function edgeKey(node: NodeId, boot: BootId): string {
  return `${EDGE_PREFIX}${node}/${boot}`;
}

export function encodeEdge(record: EdgeRecord): string {
  return JSON.stringify(record);
}

/** Throws RecordError. */
export function decodeEdge(key: string, text: string): EdgeRecord {
  const record = parseRecord(key, text, [1]);
  checkTexts(key, record, ['node', 'boot', 'dataCenter', 'version', 'door', 'admin', 'interlink']);
  if (!Array.isArray(record.cells))
    throw new RecordError(key, `cells is ${JSON.stringify(record.cells)}, must be a list`);
  if (!Number.isSafeInteger(record.beat)) throw new RecordError(key, `beat is ${JSON.stringify(record.beat)}`);
  if (key !== edgeKey(record.node as NodeId, record.boot as BootId))
    throw new RecordError(key, 'lies under another name');
  return record as unknown as EdgeRecord;
}
