/** One possible way: from a source to a sink, with the cost of each thing that goes it. */
export interface Way {
  readonly source: number;
  readonly sink: number;
  readonly cost: number;
}

export interface Flow {
  /** How much goes each way, in the order of the ways. */
  readonly amounts: readonly number[];
  /**
   * Empty if all found a place. Else the sources that compete (a minimal cut): all that they may use is `tightSinks`, and
   * those are full.
   */
  readonly tightSources: readonly number[];
  readonly tightSinks: readonly number[];
}

/**
 * Transport problem: brings as much as possible from sources to sinks, and among all such flows takes one of least cost
 * (successive shortest paths; Ahuja, Magnanti, Orlin, Network Flows, §9.7). Whole numbers in, whole numbers out; the same
 * input gives the same flow. Time grows with ways² at worst; rulesets have some hundred ways.
 */
export function cheapestFlow(supply: readonly number[], room: readonly number[], ways: readonly Way[]): Flow {
  const state: State = { supply: [...supply], room: [...room], amounts: ways.map(() => 0), ways };
  for (;;) {
    const reach = shortestPaths(state);
    const end = cheapestFreeSink(state, reach);
    if (end === -1) return settle(state, reach);
    push(state, reach, end);
  }
}

interface State {
  readonly supply: number[];
  readonly room: number[];
  readonly amounts: number[];
  readonly ways: readonly Way[];
}

/** Cost of the cheapest path from a source with supply left, and the way by which it arrives (-1: it begins there). */
interface Reach {
  readonly sourceCost: number[];
  readonly sinkCost: number[];
  readonly sourceBy: number[];
  readonly sinkBy: number[];
}

/** Bellman–Ford: going a way forward costs, taking back what went it gives the cost back. */
function shortestPaths({ supply, room, amounts, ways }: State): Reach {
  const sourceCost = supply.map((left) => (left > 0 ? 0 : Number.POSITIVE_INFINITY));
  const sinkCost = room.map(() => Number.POSITIVE_INFINITY);
  const sourceBy = supply.map(() => -1);
  const sinkBy = room.map(() => -1);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    ways.forEach(({ source, sink, cost }, way) => {
      const forward = (sourceCost[source] as number) + cost;
      if (forward < (sinkCost[sink] as number)) {
        sinkCost[sink] = forward;
        sinkBy[sink] = way;
        hasChanged = true;
      }
      const back = (sinkCost[sink] as number) - cost;
      if ((amounts[way] as number) > 0 && back < (sourceCost[source] as number)) {
        sourceCost[source] = back;
        sourceBy[source] = way;
        hasChanged = true;
      }
    });
  }
  return { sourceCost, sinkCost, sourceBy, sinkBy };
}

function cheapestFreeSink({ room }: State, { sinkCost }: Reach): number {
  let best = -1;
  sinkCost.forEach((cost, sink) => {
    const isBetter = best === -1 || cost < (sinkCost[best] as number);
    if ((room[sink] as number) > 0 && Number.isFinite(cost) && isBetter) best = sink;
  });
  return best;
}

/** Sends as much as fits along the path that ends at the sink. */
function push(state: State, reach: Reach, end: number): void {
  const path: { way: number; sign: 1 | -1 }[] = [];
  let sink = end;
  let source = -1;
  let amount = state.room[end] as number;
  for (;;) {
    const way = reach.sinkBy[sink] as number;
    path.push({ way, sign: 1 });
    source = (state.ways[way] as Way).source;
    const back = reach.sourceBy[source] as number;
    if (back === -1) break;
    path.push({ way: back, sign: -1 });
    amount = Math.min(amount, state.amounts[back] as number);
    sink = (state.ways[back] as Way).sink;
  }
  amount = Math.min(amount, state.supply[source] as number);
  for (const { way, sign } of path) state.amounts[way] = (state.amounts[way] as number) + sign * amount;
  state.supply[source] = (state.supply[source] as number) - amount;
  state.room[end] = (state.room[end] as number) - amount;
}

function settle({ amounts }: State, { sourceCost, sinkCost }: Reach): Flow {
  const reached = (costs: readonly number[]): number[] =>
    costs.flatMap((cost, index) => (Number.isFinite(cost) ? [index] : []));
  return { amounts, tightSources: reached(sourceCost), tightSinks: reached(sinkCost) };
}
