import type { ShardId } from '../core/ids.ts';
import { GLOBAL_SHARD_NAME, parseShardName, shardName } from '../core/shard-name.ts';
import { NO_SHARD, shardCount } from '../core/shard-rule.ts';
import type { TopologyDocument, UnitDocument } from '../core/topology-document.ts';

/** When a write is acknowledged: in this copy only, in all copies of the city, or in all copies. */
export type Acknowledge = 'local' | 'same-city' | 'remote';

/** Where the copies of a shard are; pure, from the topology. */
export class CopyPlacement {
  readonly #topology: TopologyDocument;
  readonly #units: ReadonlyMap<string, UnitDocument>;
  readonly #cityOf: ReadonlyMap<string, string>;
  /** By home unit and owner, as they are asked for. */
  readonly #holders = new Map<string, Map<string, readonly string[]>>();
  /** By shard, as they are asked for. */
  readonly #homes = new Map<string, UnitDocument>();

  constructor(topology: TopologyDocument) {
    this.#topology = topology;
    this.#units = new Map(topology.units.map((unit) => [unit.id, unit]));
    this.#cityOf = new Map(topology.cities.flatMap((city) => city.dataCenters.map((id) => [id, city.id] as const)));
  }

  sameCity(left: string, right: string): boolean {
    const city = this.#cityOf.get(left);
    return city !== undefined && city === this.#cityOf.get(right);
  }

  /** Whether the unit has a cell in the data center. */
  hasUnitAt(unit: string, dataCenter: string): boolean {
    return this.#units.get(unit)?.cells.some((cell) => cell.dataCenter === dataCenter) ?? false;
  }

  /** The unit whose home the shard is, null for a name that is none. */
  home(shard: string): UnitDocument | null {
    const known = this.#homes.get(shard);
    if (known !== undefined) return known;
    const home = this.#findHome(shard);
    if (home !== null) this.#homes.set(shard, home);
    return home;
  }

  #findHome(shard: string): UnitDocument | null {
    const { shardRule, units } = this.#topology;
    const index = parseShardName(shardRule, shard);
    if (index === NO_SHARD) return null;
    if (index === shardCount(shardRule)) return units.find((unit) => unit.globalHome) ?? null;
    return units.find((unit) => unit.home.some(([from, to]) => from <= index && index <= to)) ?? null;
  }

  /**
   * Data centers that hold a copy of the shard while `owner` owns it: those of the owner's cells and of its remote targets'
   * cells, and the same for the home unit, so that the way home stays short.
   */
  holders(shard: string, owner: string): readonly string[] {
    const home = this.home(shard)?.id ?? owner;
    const known = this.#holders.get(home)?.get(owner);
    if (known !== undefined) return known;
    const holders = [...new Set([...this.#around(owner), ...this.#around(home)])];
    // Bounded: pairs of units of the topology; a name that is no unit is not kept.
    if (this.#units.has(owner)) this.#keep(home, owner, holders);
    return holders;
  }

  #keep(home: string, owner: string, holders: readonly string[]): void {
    const ofHome = this.#holders.get(home) ?? new Map<string, readonly string[]>();
    this.#holders.set(home, ofHome.set(owner, holders));
  }

  /** Of the shard's holders, those that must have an entry before `self` acknowledges it. */
  required(shard: string, owner: string, self: string, acknowledge: Acknowledge): readonly string[] {
    if (acknowledge === 'local') return [];
    const others = this.holders(shard, owner).filter((dataCenter) => dataCenter !== self);
    return acknowledge === 'remote' ? others : others.filter((dataCenter) => this.sameCity(dataCenter, self));
  }

  /** Names of the shards whose home unit has its primary in the data center. */
  homePrimaries(dataCenter: string): string[] {
    const { shardRule, units } = this.#topology;
    const names: string[] = [];
    for (const unit of units.filter((each) => each.primary === dataCenter)) {
      for (const [from, to] of unit.home)
        for (let shard = from; shard <= to; shard += 1) names.push(shardName(shardRule, shard as ShardId));
      if (unit.globalHome) names.push(GLOBAL_SHARD_NAME);
    }
    return names;
  }

  #around(unitId: string): string[] {
    const unit = this.#units.get(unitId);
    if (unit === undefined) return [];
    const targets = unit.remoteTargets.flatMap((target) => this.#units.get(target) ?? []);
    return [unit, ...targets].flatMap((each) => each.cells.map((cell) => cell.dataCenter));
  }
}
