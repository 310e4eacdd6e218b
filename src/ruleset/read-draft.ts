import { shardRuleOf } from './compile-topology.ts';
import type { CellDraft, CityDraft, Draft, RouteDraft, UnitDraft } from './draft.ts';
import type { Path } from './mistake.ts';
import type { RulesetValue } from './ruleset-value.ts';
import type { SchemaResult } from './schema-check.ts';

/** Takes from a value what the schema found no fault with. */
export function readDraft(root: unknown, schema: SchemaResult): Draft {
  const reader = new DraftReader(root, schema);
  const shards = reader.field<RulesetValue['shards']>(['shards']);
  const units = reader.names(['units']);
  return {
    root,
    rule: shards === undefined ? undefined : shardRuleOf(shards ?? {}),
    survive: reader.required(['survive']),
    proxies: reader.required(['trust', 'proxies']),
    cities: schema.isIntact(['cities']) ? reader.names(['cities'])?.map((id) => reader.city(id)) : undefined,
    units: (units ?? []).filter((id) => !schema.isBroken(['units', id])).map((id) => reader.unit(id)),
    hasAllUnits: units?.every((id) => !schema.isBroken(['units', id])) ?? false,
    routes: reader.indices(['routes']).map((index) => reader.route(index)),
  };
}

class DraftReader {
  readonly #root: unknown;
  readonly #schema: SchemaResult;

  constructor(root: unknown, schema: SchemaResult) {
    this.#root = root;
    this.#schema = schema;
  }

  /** Undefined: broken. Null: left out. */
  field<Value>(path: Path): Value | null | undefined {
    return this.#schema.isIntact(path) ? (this.#at(path) as Value) : undefined;
  }

  /** For fields that the schema requires or has a default for. */
  required<Value>(path: Path): Value | undefined {
    return this.field<Value>(path) ?? undefined;
  }

  /** Keys of a mapping of which parts may be broken; undefined if it is no mapping. */
  names(path: Path): readonly string[] | undefined {
    const value = this.#schema.isBroken(path) ? null : this.#at(path);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : undefined;
  }

  indices(path: Path): readonly number[] {
    const value = this.#schema.isBroken(path) ? null : this.#at(path);
    if (!Array.isArray(value)) return [];
    return [...value.keys()].filter((index) => !this.#schema.isBroken([...path, index]));
  }

  city(id: string): CityDraft {
    const path = ['cities', id];
    return { id, path, dataCenters: this.required(path) ?? [] };
  }

  unit(id: string): UnitDraft {
    const path = ['units', id];
    return {
      id,
      path,
      kind: this.required([...path, 'kind']),
      home: this.field([...path, 'home']),
      primary: this.field([...path, 'primary']),
      cells: this.names([...path, 'cells'])?.map((cell) => this.#cell([...path, 'cells', cell], cell)),
      remoteTargets: this.required([...path, 'remoteTargets']),
      capacity: this.field([...path, 'capacity']),
    };
  }

  #cell(path: Path, id: string): CellDraft {
    return {
      id,
      path,
      dataCenter: this.required([...path, 'dataCenter']),
      weight: this.field([...path, 'weight']),
      instances: this.required([...path, 'instances']),
      health: this.required([...path, 'health']),
    };
  }

  route(index: number): RouteDraft {
    const path = ['routes', index];
    return {
      index,
      path,
      name: this.required([...path, 'name']),
      hosts: this.required([...path, 'hosts']),
      pattern: this.required([...path, 'path']),
      methods: this.required([...path, 'methods']),
      kind: this.required([...path, 'kind']),
      identity: this.required([...path, 'identity']),
      onMissing: this.required([...path, 'onMissing']),
      strict: this.required([...path, 'strict']),
    };
  }

  #at(path: Path): unknown {
    let value = this.#root;
    for (const step of path) {
      if (typeof value !== 'object' || value === null) return null;
      value = (value as Record<string | number, unknown>)[step] ?? null;
    }
    return value;
  }
}
