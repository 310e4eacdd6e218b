import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { firstWorld, type Scenario, type World } from './operation-model.fixture.ts';
import { textOf } from './operation-search.fixture.ts';
import { calmed, calmSuccessor, mayAdmit, successors } from './operation-world.fixture.ts';

/** Crashes and aborts in one run cost minutes; LDC_THOROUGH=1 takes them, after a change of the machine. */
const isThorough = process.env.LDC_THOROUGH === '1';
const NONE = { options: {}, isSynchronous: false, faults: 0, writes: 1, canAbort: false } as const;

const SCENARIOS: readonly Scenario[] = [
  { ...NONE, name: 'planned move, a fault anywhere', kind: 'move', faults: 1, canAbort: isThorough },
  { ...NONE, name: 'planned move, an abort anywhere', kind: 'move', canAbort: true },
  {
    ...NONE,
    name: 'planned move that may go on as an emergency',
    kind: 'move',
    options: { emergencyWhenSilent: true },
    isSynchronous: true,
    faults: isThorough ? 1 : 0,
    canAbort: isThorough,
  },
  { ...NONE, name: 'emergency, a fault anywhere', kind: 'emergency', faults: 1, canAbort: isThorough },
  { ...NONE, name: 'emergency, an abort anywhere', kind: 'emergency', canAbort: true },
];

/** Steps of the calm world until it must be at rest. */
const CALM_STEPS = 200;

for (const scenario of SCENARIOS) {
  test(`no order of events breaks a rule: ${scenario.name}`, (context) => {
    const startedAt = performance.now();
    const { states, steps, outcomes } = explore(scenario);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    context.diagnostic(
      `${states} states in ${seconds} s; steps ${[...steps].join(' ')}; ends ${[...outcomes].join(' ')}`,
    );
    assert.deepEqual([...outcomes].sort(), ['aborted', 'done'], 'both ends are reached');
  });
}

interface Explored {
  readonly states: number;
  readonly steps: ReadonlySet<string>;
  readonly outcomes: ReadonlySet<string>;
}

/** Breadth first, so that the trace of a violation is a shortest one. */
function explore(scenario: Scenario): Explored {
  const first = firstWorld(scenario);
  const origin = new Map<string, readonly [before: string, name: string] | null>([[keyOf(first), null]]);
  const calm = new Set<string>();
  const steps = new Set<string>();
  const outcomes = new Set<string>();
  let layer: (readonly [key: string, world: World])[] = [[keyOf(first), first]];
  while (layer.length > 0) {
    const next: (readonly [string, World])[] = [];
    for (const [key, world] of layer) {
      const wrong = violationOf(world) ?? restlessness(world, scenario, calm);
      if (wrong !== null) assert.fail(`${wrong}:\n${trace(origin, key).join('\n')}`);
      steps.add(world.record.step);
      if (world.record.outcome !== null) outcomes.add(world.record.outcome.kind);
      for (const [name, after] of successors(world, scenario)) {
        const afterKey = keyOf(after);
        if (origin.has(afterKey)) continue;
        origin.set(afterKey, [key, name]);
        next.push([afterKey, after]);
      }
    }
    layer = next;
  }
  return { states: origin.size, steps, outcomes };
}

function violationOf(world: World): string | null {
  if (world.violation !== null) return world.violation;
  if (mayAdmit(world.guards[0], 0) && mayAdmit(world.guards[1], 1)) return 'guards of two units admit at once';
  const isReleased = world.shard.state === 'ACTIVE' && world.shard.operation === null;
  if (isReleased && !world.gates[world.shard.owner as 0 | 1].isWritable) return 'released to a copy that cannot write';
  return null;
}

/** Null if the world comes to rest, with the shard ACTIVE and let go, when nothing goes wrong any more. */
function restlessness(world: World, scenario: Scenario, calm: Set<string>): string | null {
  const path: string[] = [];
  let now = calmed(world);
  for (let count = 0; count < CALM_STEPS; count += 1) {
    const key = keyOf(now);
    if (calm.has(key)) break;
    path.push(key);
    if (now.record.outcome !== null && now.controller === null) {
      if (now.shard.state === 'ACTIVE' && now.shard.operation === null) break;
      return `ends with the shard ${now.shard.state}, held by ${now.shard.operation}`;
    }
    now = calmSuccessor(now, scenario);
    if (count === CALM_STEPS - 1) return `does not end: ${now.record.step}, ${JSON.stringify(now.outbox)}`;
  }
  for (const key of path) calm.add(key);
  return null;
}

/** 64 bits of a digest: among a million worlds two share one with a chance of 1 in 30 million. */
function keyOf(world: World): string {
  const { record, controller, outbox, late, ...rest } = world;
  const parts = [textOf(record), JSON.stringify(rest), ...outbox.map(textOf), late === null ? '' : textOf(late)];
  if (controller !== null) parts.push(textOf(controller.operation), textOf(controller.progress));
  return hash('sha1', parts.join(), 'base64url').slice(0, 11);
}

function trace(origin: ReadonlyMap<string, readonly [string, string] | null>, key: string): string[] {
  const names: string[] = [];
  for (let at = origin.get(key); at !== undefined && at !== null; at = origin.get(at[0])) names.unshift(at[1]);
  return names;
}
