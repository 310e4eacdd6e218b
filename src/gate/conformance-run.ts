import type { Epoch, Incarnation } from '../core/ids.ts';
import type { ConformanceRule, ConformanceStep, Side, StepCall } from './conformance-step.ts';
import type { GateClient, GateResult } from './gate-client.ts';
import { CONFORMANCE_RULES } from './gate-conformance.ts';
import type { GateOwner, GateScope, ProbeAnswer, ShardPlace } from './gate-contract.ts';
import { GatePosition } from './gate-position.ts';

/** One gate under test. */
export interface GateUnderTest {
  readonly client: GateClient;
  readonly owner: GateOwner;
}

export interface ConformanceParts {
  readonly source: GateUnderTest;
  /** null: the rules that need two copies stay unchecked. */
  readonly target: GateUnderTest | null;
  /** The source's gate with a token that is wrong. */
  readonly stranger: GateClient;
  /** Nothing else may use it: its data and its fences change. */
  readonly shard: string;
  /** Unique for this run: keys of entries begin with it. */
  readonly runId: string;
}

export interface RuleVerdict {
  readonly rule: string;
  readonly claim: string;
  readonly verdict: 'kept' | 'broken' | 'unchecked';
  /** What was seen, and what it means; empty if the rule is kept. */
  readonly detail: string;
}

const SECTION = 10;

/** Checks the rules in their order; after the first broken one nothing that follows can be judged. Never rejects. */
export async function runConformance(
  parts: ConformanceParts,
  rules: readonly ConformanceRule[] = CONFORMANCE_RULES,
): Promise<RuleVerdict[]> {
  const start = await findStart(parts);
  const verdicts: RuleVerdict[] = [];
  let stop = typeof start === 'string' ? start : '';
  const run = typeof start === 'string' ? null : new ConformanceRun(parts, start);
  for (const rule of rules) {
    const { name, claim } = rule;
    const isMissing = rule.needsTarget && parts.target === null;
    const skip = stop !== '' ? stop : isMissing ? 'it needs two copies: give --target' : '';
    if (skip !== '' || run === null) {
      verdicts.push({ rule: name, claim, verdict: 'unchecked', detail: skip });
      continue;
    }
    const detail = await run.check(rule);
    verdicts.push({ rule: name, claim, verdict: detail === '' ? 'kept' : 'broken', detail });
    if (detail !== '') stop = `the rule "${name}" is broken`;
  }
  return verdicts;
}

/** Where the epochs of this run begin, above all that the gates keep; a text says why it cannot begin. */
async function findStart({ source, target, shard }: ConformanceParts): Promise<GateScope | string> {
  let scope: GateScope = { incarnation: 'gate-check' as Incarnation, epoch: 1 as Epoch, shards: [shard] };
  const gates = [source, ...(target === null ? [] : [target])];
  // Each gate may know an incarnation and a higher epoch: a refusal tells, and then all are asked again.
  for (let attempt = 0; attempt <= 2 * gates.length; attempt += 1) {
    const results = await Promise.all(gates.map(({ client }) => client.fence(scope)));
    const refused = results.find((result) => result.kind === 'refused');
    const failed = results.find((result) => result.kind === 'unknown');
    if (failed?.kind === 'unknown') return `no usable answer to the first fence: ${failed.detail}`;
    if (refused?.kind !== 'refused') return checkRoles(source, target, scope);
    const [kept] = refused.highest;
    if (kept === undefined) return `the first fence was refused without the kept version: ${refused.detail}`;
    const incarnation = kept.incarnation === '' ? scope.incarnation : kept.incarnation;
    scope = { incarnation, epoch: Math.max(kept.epoch, scope.epoch) as Epoch, shards: [shard] };
  }
  return 'the gates refuse the versions that they say they keep';
}

async function checkRoles(
  source: GateUnderTest,
  target: GateUnderTest | null,
  scope: GateScope,
): Promise<GateScope | string> {
  const roleOf = async ({ client }: GateUnderTest): Promise<string> => {
    const result = await client.position(scope);
    return result.kind === 'answered' ? (result.answer.shards[0]?.role ?? 'missing') : result.detail;
  };
  const [from, to] = await Promise.all([roleOf(source), target === null ? 'copy' : roleOf(target)]);
  if (from !== 'writable') return `the source’s copy must be writable before the check, it is: ${from}`;
  return to === 'copy' ? scope : `the target’s copy must be a copy before the check, it is: ${to}`;
}

class ConformanceRun {
  readonly #parts: ConformanceParts;
  readonly #start: GateScope;
  readonly #positions = new Map<string, GatePosition>();
  #probes = 0;
  #held: Promise<GateResult<ProbeAnswer>> | null = null;

  constructor(parts: ConformanceParts, start: GateScope) {
    this.#parts = parts;
    this.#start = start;
  }

  /** Empty if every step went as expected. */
  async check(rule: ConformanceRule): Promise<string> {
    for (const [index, step] of rule.steps.entries()) {
      const seen = await this.#do(step, rule.section);
      if (seen !== null)
        return `step ${index + 1} (${step.does.call} at the ${step.on}): ${step.otherwise}; seen: ${seen}`;
    }
    return '';
  }

  /** null if it went as expected, else what was seen. */
  async #do({ on, does, expect }: ConformanceStep, section: number): Promise<string | null> {
    const first = this.#start.epoch + SECTION * section;
    const result = await this.#call(on, does, first);
    if (expect === 'anything' || result === null) return null;
    if (result.kind === 'unknown') return result.detail;
    if (expect === 'refused') return result.kind === 'refused' ? null : 'it was accepted';
    if (result.kind === 'refused') return result.detail;
    const answer: unknown = result.answer;
    if (expect === 'answered') return null;
    if (expect === 'executed' || expect === 'notExecuted') {
      const { executed, code } = answer as ProbeAnswer;
      return executed === (expect === 'executed') ? null : executed ? 'executed' : `refused with ${code}`;
    }
    if (expect === 'caughtUp' || expect === 'notCaughtUp') {
      const { caughtUp } = answer as { readonly caughtUp: boolean };
      return caughtUp === (expect === 'caughtUp') ? null : `caughtUp is ${caughtUp}`;
    }
    const [place] = (answer as { readonly shards: readonly ShardPlace[] }).shards;
    if (place === undefined) return 'no shard';
    if ('role' in expect) return place.role === expect.role ? null : `the role is ${place.role}`;
    if ('lineage' in expect)
      return place.position.lineage === first + expect.lineage ? null : `the lineage is ${place.position.lineage}`;
    const remembered = this.#positions.get(expect.at);
    return remembered?.compare(place.position) === 'equal' ? null : `${remembered} became ${place.position}`;
  }

  async #call(on: Side, does: StepCall, first: number): Promise<GateResult<unknown> | null> {
    const gate = this.#gate(on);
    const epoch = (does.call === 'join' ? first : first + does.epoch) as Epoch;
    const scope: GateScope = { ...this.#start, epoch };
    switch (does.call) {
      case 'fence':
        return gate.client.fence(this.#fenceCall(scope, does));
      case 'position':
        return this.#position(gate.client, scope, does.as);
      case 'caughtUp':
        return this.#caughtUp(gate.client, scope, does);
      case 'promote':
        return gate.client.promote({ ...scope, owner: gate.owner });
      case 'follow':
        return gate.client.follow({ ...scope, owner: this.#gate(on === 'source' ? 'target' : 'source').owner });
      case 'lag':
        return (does.token === 'wrong' ? this.#parts.stranger : gate.client).lag(scope);
      case 'probe':
        return this.#probe(gate.client, scope, does.holdMs ?? 0);
      case 'join':
        await this.#held;
        return null;
    }
  }

  #fenceCall(scope: GateScope, { incarnation, adopts }: Extract<StepCall, { call: 'fence' }>) {
    const own = this.#start.incarnation;
    const other = `${own}-${this.#parts.runId}` as Incarnation;
    const names = { own, other, unknown: 'never-kept' as Incarnation };
    const call = incarnation === 'other' ? { ...scope, incarnation: other } : scope;
    return adopts === undefined ? call : { ...call, adopts: names[adopts] };
  }

  async #position(client: GateClient, scope: GateScope, as: string | undefined) {
    const result = await client.position(scope);
    const place = result.kind === 'answered' ? result.answer.shards[0] : undefined;
    if (as !== undefined && place !== undefined) this.#positions.set(as, place.position);
    return result;
  }

  #caughtUp(
    client: GateClient,
    scope: GateScope,
    { to, waitMs, change }: Extract<StepCall, { call: 'caughtUp' }>,
  ): Promise<GateResult<unknown>> {
    const { lineage, offset } = this.#positions.get(to)?.toJSON() ?? { lineage: 0, offset: 0 };
    const wanted = new GatePosition(
      (change === 'otherLineage' ? lineage + 1 : lineage) as Epoch,
      change === 'farAhead' ? offset + 1_000_000 : offset,
    );
    return client.caughtUp({ ...scope, positions: [{ shard: this.#parts.shard, position: wanted }], waitMs });
  }

  #probe(client: GateClient, scope: GateScope, holdMs: number): Promise<GateResult<ProbeAnswer>> | null {
    this.#probes += 1;
    const result = client.probe({ ...scope, id: `${this.#parts.runId}-${this.#probes}`, holdMs });
    if (holdMs === 0) return result;
    this.#held = result;
    return null;
  }

  #gate(side: Side): GateUnderTest {
    const { source, target } = this.#parts;
    return side === 'source' || target === null ? source : target;
  }
}
