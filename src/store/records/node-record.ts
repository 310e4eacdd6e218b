import type { BootId, DataCenterId, Epoch, Incarnation, NodeId } from '../../core/ids.ts';
import { KnownTexts } from './known-texts.ts';
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

/** Gateways and control nodes read all of them again at each change of one. */
const KNOWN = new KnownTexts<EdgeRecord>(512);

/** Throws RecordError. The same text gives the same object. */
export function decodeEdge(key: string, text: string): EdgeRecord {
  const record = KNOWN.of(text, () => checkEdge(key, text));
  if (key !== edgeKey(record.node, record.boot)) throw new RecordError(key, 'lies under another name');
  return record;
}

function checkEdge(key: string, text: string): EdgeRecord {
  const record = parseRecord(key, text, [1]);
  checkTexts(key, record, ['node', 'boot', 'dataCenter', 'version', 'door', 'admin', 'interlink']);
  if (!Array.isArray(record.cells))
    throw new RecordError(key, `cells is ${JSON.stringify(record.cells)}, must be a list`);
  if (!Number.isSafeInteger(record.beat)) throw new RecordError(key, `beat is ${JSON.stringify(record.beat)}`);
  return record as unknown as EdgeRecord;
}
