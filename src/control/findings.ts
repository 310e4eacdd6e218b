import type { AwayView, CellView, FindingView, GatewayView, StatusAnswer, UnitStatusView } from './api-types.ts';

/** What the findings are drawn from: a status without its conclusions. */
export type StatusFacts = Omit<StatusAnswer, 'findings' | 'summary' | 'allWell'> & {
  readonly dataCenters: readonly string[];
  /** What shows that the store went back. */
  readonly wentBack: readonly string[];
  /** Guards whose horizon is not what this control node reckons with. */
  readonly horizonsApart: readonly string[];
};

/** Most sentences; the tables below them tell the rest. */
const MOST_FINDINGS = 100;

/** What a person should know, problems first: one sentence each, with the object's name in it. */
export function findings(facts: StatusFacts): FindingView[] {
  if (facts.table === null) {
    return [problem('no ruleset has been applied to this realm: run `ldc rules apply FILE`')];
  }
  const found = [
    ...wentBackFindings(facts),
    ...gatewayFindings(facts),
    ...facts.horizonsApart.map(problem),
    ...facts.units.flatMap(unitFindings),
    ...facts.away.map(awayFinding),
    ...facts.overrides.map(({ unit, author, reason }) =>
      note(`the weights of ${unit} are overridden by ${author}: ${reason}`),
    ),
    ...facts.badRecords.map(({ reason }) => problem(`a gateway’s record cannot be used: ${reason}`)),
  ];
  const ordered = [...found.filter(isProblem), ...found.filter((finding) => !isProblem(finding))];
  if (ordered.length <= MOST_FINDINGS) return ordered;
  return [...ordered.slice(0, MOST_FINDINGS), note(`and ${ordered.length - MOST_FINDINGS} more`)];
}

/** Is all well? In one sentence. */
export function summary(facts: StatusFacts, found: readonly FindingView[]): string {
  const problems = found.filter(isProblem).length;
  const notes = found.length - problems;
  const told = [
    ...(problems > 0 ? [counted(problems, 'problem')] : []),
    ...(notes > 0 ? [counted(notes, 'note')] : []),
  ].join(' and ');
  if (facts.table === null) return 'Nothing runs yet.';
  const alive = facts.gateways.filter(({ state }) => state !== 'silent').length;
  const where = `epoch ${facts.table.epoch}, ${counted(alive, 'gateway')}, ${counted(facts.units.length, 'unit')}`;
  if (problems > 0) return `Not all is well, ${told}: ${where}.`;
  return notes > 0 ? `All is well, with ${told}: ${where}.` : `All is well: ${where}.`;
}

export function isProblem(finding: FindingView): boolean {
  return finding.severity === 'problem';
}

/** One sentence for all: it is one trouble, however many show it. */
function wentBackFindings(facts: StatusFacts): FindingView[] {
  const { wentBack } = facts;
  const [first] = wentBack;
  if (first === undefined) return [];
  const more = wentBack.length === 1 ? '' : `, and others lower ones`;
  return [
    problem(
      `the store went back to epoch ${facts.table?.epoch ?? 0}: ${first}${more}; writes stay refused until \`ldc store adopt\``,
    ),
  ];
}

function gatewayFindings(facts: StatusFacts): FindingView[] {
  const present = facts.gateways.filter(({ state }) => state !== 'silent');
  const empty = facts.dataCenters.filter((id) => !present.some((gateway) => gateway.dataCenter === id));
  const doorless = empty.length === 0 ? [] : [problem(`no live gateway in ${empty.join(', ')}`)];
  const stale =
    (facts.readMsAgo ?? 0) > 10_000
      ? [problem(`the gateways’ records were last read ${seconds(facts.readMsAgo ?? 0)} ago`)]
      : [];
  return [...stale, ...doorless, ...facts.gateways.flatMap((gateway) => oneGateway(gateway, facts))];
}

function oneGateway(gateway: GatewayView, facts: StatusFacts): FindingView[] {
  const { node, dataCenter, applied, lag, state, silentMs } = gateway;
  if (state === 'silent') {
    // A process that was replaced under the same name is no loss.
    const isReplaced = facts.gateways.some((other) => other.node === node && other.state !== 'silent');
    return isReplaced ? [] : [problem(`gateway ${node} in ${dataCenter} is silent for ${seconds(silentMs)}`)];
  }
  if (applied === null) return [problem(`gateway ${node} has no table yet`)];
  if (lag === null) return [problem(`gateway ${node} runs a table of another incarnation (${applied.incarnation})`)];
  return lag > 0 ? [note(`gateway ${node} is ${counted(lag, 'epoch')} behind`)] : [];
}

function unitFindings(unit: UnitStatusView): FindingView[] {
  // C cells are chosen by nearness and have no weight.
  const used = unit.cells.filter((cell) => unit.kind === 'C' || cell.weight > 0);
  if (used.length > 0 && used.every((cell) => !cell.available)) {
    return [problem(`no cell of ${unit.id} can take requests (${used.map((cell) => cell.id).join(', ')})`)];
  }
  const overCapacity =
    unit.capacity !== null && unit.owned.count > unit.capacity
      ? [problem(`${unit.id} owns ${unit.owned.count} shards, its capacity is ${unit.capacity}`)]
      : [];
  return [...overCapacity, ...unit.cells.flatMap(cellFindings)];
}

function cellFindings(cell: CellView): FindingView[] {
  if (!cell.available) return [problem(`cell ${cell.id} in ${cell.dataCenter} can take no requests`)];
  const failing = cell.instances.filter(({ health }) => ['unhealthy', 'ejected', 'disputed'].includes(health));
  return failing.map(({ address, health }) => problem(`instance ${address} of cell ${cell.id} is ${health}`));
}

function awayFinding({ shards, count, home, homePrimary, owner, primary, state, operation }: AwayView): FindingView {
  const what = `${count === 1 ? 'shard' : 'shards'} ${shorten(shards)}`;
  const by = operation === null ? '' : ` (operation ${operation})`;
  if (state === 'FREEZING') return note(`${what} of ${home}: being moved${by}`);
  if (owner === home) return note(`${what}: ${owner} takes their writes in ${primary}, at home in ${homePrimary}`);
  return note(`${what}: at home in ${home}, owned by ${owner ?? 'nobody'}`);
}

function shorten(shards: string): string {
  return shards.length <= 60 ? shards : `${shards.slice(0, 59)}…`;
}

function problem(text: string): FindingView {
  return { severity: 'problem', text };
}

function note(text: string): FindingView {
  return { severity: 'note', text };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
