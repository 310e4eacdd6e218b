import { duration, flag, list, mapOf, nullable, object, oneOf, ref, type Schema, text, whole } from './schema-parts.ts';
import { version } from './table-schemas.ts';

export const unitFields = { id: text, kind: oneOf('R', 'G', 'C'), city: nullable(text), cells: list(ref('Cell')) };

/** Schemas of what the gateways report: themselves and the health of cells. */
export const GATEWAY_SCHEMAS: Readonly<Record<string, Schema>> = {
  Gateway: object({
    node: text,
    boot: text,
    dataCenter: text,
    version: text,
    formats: list({ type: 'number' }),
    door: text,
    admin: text,
    interlink: text,
    applied: nullable(object(version)),
    lag: nullable({ type: 'integer', description: 'epochs behind; null: no table, or one of another incarnation' }),
    state: oneOf('alive', 'new', 'silent'),
    silentMs: duration,
  }),
  BadRecord: object({ key: text, reason: text }),
  Gateways: object({
    epoch: nullable(whole),
    gateways: list(ref('Gateway')),
    badRecords: list(ref('BadRecord')),
    readMsAgo: nullable(duration),
  }),
  Instance: object({
    address: text,
    origin: oneOf('static', 'dns', 'registered'),
    health: oneOf('healthy', 'unhealthy', 'checking', 'ejected', 'draining', 'disputed', 'unreported'),
    reports: mapOf(whole),
  }),
  Cell: object({
    id: text,
    dataCenter: text,
    weight: whole,
    configuredWeight: whole,
    available: flag,
    reporters: whole,
    instances: list(ref('Instance')),
  }),
  UnitCells: object(unitFields),
  Cells: object({ ...version, units: list(ref('UnitCells')) }),
};
