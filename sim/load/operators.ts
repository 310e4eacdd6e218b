import { ApiError } from '../../src/control/api-error.ts';
import type { PlanAnswer, PlanCall, StartCall } from '../../src/control/api-types.ts';
import { applyRuleset } from '../../src/control/apply-ruleset.ts';
import { liveEdges, runningTable } from '../../src/control/control-context.ts';
import { turnFreezeAll } from '../../src/control/operations/freeze-all.ts';
import { answerPlan, type OperationContext } from '../../src/control/operations/operation-context.ts';
import { readOperations } from '../../src/control/operations/operation-store.ts';
import { startOperation } from '../../src/control/operations/start-operation.ts';
import { wishFor } from '../../src/control/operations/wish-for.ts';
import type { ShardId } from '../../src/core/ids.ts';
import type { Operation } from '../../src/core/operation/operation.ts';
import { eachShard } from '../../src/core/operation/runs.ts';
import { shardName } from '../../src/core/shard-name.ts';
import { atNextStep } from '../faults/step-faults.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { RandomStream } from '../world/random-stream.ts';
import { type CopyTarget, copyTargets, findWorstCopy } from './copy-target.ts';
import type { Command, PlannedCommand } from './planned-command.ts';

const OPERATOR = { name: 'sim', role: 'admin' } as const;
const CALL_MS = 10_000;
const CARE_MS = 3_000;
/** Weights of a unit's two cells that somebody applies. */
const HALVES = [50, 50, 80, 30, 0] as const;

/** People who start, abort, repeat and contradict operations. They call a control node as its API's routes do. */
export class Operators {
  readonly #fleet: Fleet;
  /** Calls by what came of them. */
  readonly outcomes = new Map<string, number>();
  readonly #started: { readonly key: string; readonly call: StartCall }[] = [];
  readonly #shards: readonly number[];
  #isClosed = false;

  /** `shards`: those that clients use; most moves are about one of them. */
  constructor(fleet: Fleet, shards: readonly number[]) {
    this.#fleet = fleet;
    this.#shards = shards;
  }

  schedule(commands: readonly PlannedCommand[]): void {
    for (const command of commands)
      this.#fleet.people.after(command.atMs - this.#fleet.world.now, () => {
        if (!this.#isClosed) void this.#carryOut(command);
      });
  }

  /** Nobody starts anything any more; what is left open is decided, so that it can end. */
  takeCare(): void {
    this.#isClosed = true;
    const look = (): void => {
      void this.#ask('care', async (context) => {
        await turnFreezeAll(context, { on: false }, OPERATOR);
        for (const id of await this.#waiting(context)) await wishFor(context, id, 'acceptsLoss', {}, OPERATOR);
      });
      this.#fleet.people.after(CARE_MS, look);
    };
    look();
  }

  /** A plan is asked for, and started if it may be. Resolves with what came of it, in words. */
  start(call: PlanCall, more: Partial<StartCall>, key: string): Promise<string> {
    return this.#ask(key, async (context) => {
      const { answer } = await answerPlan(context, call);
      if (!answer.allowed) throw new ApiError('OPERATION_REFUSED', refusedBy(answer));
      const start = { plan: answer, ...more };
      this.#started.push({ key, call: start });
      const { operation } = await startOperation(context, start, key, OPERATOR);
      return `started ${operation.id} (${operation.kind})`;
    });
  }

  wish(id: string, kind: 'abort' | 'acceptsLoss'): Promise<string> {
    return this.#ask(`${kind} ${id}`, async (context) => {
      await wishFor(context, id, kind, { reason: 'sim' }, OPERATOR);
      return `${kind} of ${id}`;
    });
  }

  async #carryOut({ id, command }: PlannedCommand): Promise<void> {
    const random = new RandomStream(this.#fleet.world.seed, id);
    const key = `${id.replace('#', '-')}-key`;
    const outcome = await this.#do(command, random, key);
    this.#count(`${command}: ${outcome.split(' ')[0]}`);
    this.#fleet.world.note(-1, 'operator', `${id} ${command}: ${outcome}`);
  }

  #do(command: Command, random: RandomStream, key: string): Promise<string> {
    const { topology } = this.#fleet;
    const units = topology.units.filter(({ kind }) => kind === 'R').map(({ id }) => id);
    const more = { acceptDataLoss: random.chance(0.6), emergencyWhenSilent: random.chance(0.4) };
    switch (command) {
      case 'move':
        return this.start(
          {
            kind: 'move',
            shards: someShards(random, this.#shards),
            to: random.pick(units),
            emergency: random.chance(0.2),
          },
          more,
          key,
        );
      case 'evacuate':
        return this.start({ kind: 'failover', dataCenter: random.pick(this.#fleet.dataCenters) }, more, key);
      case 'emergency':
        return this.start({ kind: 'failover', dataCenter: this.#worst(random), emergency: true }, more, key);
      case 'failback':
        return this.start({ kind: 'failback', dataCenter: random.pick(this.#fleet.dataCenters) }, more, key);
      case 'shift':
        return this.start(this.#shift(random, random.pick(units)), {}, key);
      case 'abort':
      case 'accept':
        return this.#ask(command, async (context) => {
          const open = command === 'accept' ? await this.#waiting(context) : await openOperations(context);
          if (open.length === 0) return 'nothing';
          await wishFor(context, random.pick(open), command === 'abort' ? 'abort' : 'acceptsLoss', {}, OPERATOR);
          return 'asked';
        });
      case 'repeat': {
        const again = this.#started.at(-1 - random.below(3));
        if (again === undefined) return Promise.resolve('nothing');
        return this.#ask('repeat', async (context) => {
          const { outcome } = await startOperation(context, again.call, again.key, OPERATOR);
          return outcome;
        });
      }
      case 'freezeAll':
        return this.#ask('freezeAll', async (context) => {
          await turnFreezeAll(context, { on: random.chance(0.4) }, OPERATOR);
          return 'turned';
        });
      case 'regret':
        return this.#regret(random);
      case 'worstCopy':
        return this.#toWorst(random, more, key);
      case 'shuffle': {
        const targets = copyTargets(this.#fleet, random.pick(this.#shards));
        return this.#moveOn(targets[random.below(targets.length)], random.chance(0.25), more, key);
      }
      case 'apply':
        return this.#apply(random);
    }
  }

  /** The next operation that freezes anything is aborted at once, or as soon as somebody may have made up his mind. */
  #regret(random: RandomStream): Promise<string> {
    const delayMs = random.chance(0.5) ? random.between(0, 300) : random.between(300, 3_000);
    return new Promise((resolve) => {
      const abort = (id: string): void => resolve(this.#isClosed ? 'nothing' : this.wish(id, 'abort'));
      atNextStep(this.#fleet, ({ id }) => void this.#fleet.people.after(delayMs, () => abort(id)), 'drain');
    });
  }

  /** To a unit that has a copy, which is all that a plan asks for. */
  #moveOn(target: CopyTarget | undefined, emergency: boolean, more: Partial<StartCall>, key: string): Promise<string> {
    if (target === undefined) return Promise.resolve('nothing');
    const shards = shardName(this.#fleet.topology.shardRule, target.shard as ShardId);
    return this.start({ kind: 'move', shards, to: target.to, emergency }, more, key);
  }

  /** Somebody moves shards on to the copy that is least fit for them: any that clients use, or soon after a release those released. */
  async #toWorst(random: RandomStream, more: Partial<StartCall>, key: string): Promise<string> {
    const delayMs = random.between(0, 2_000);
    const isSoon = random.chance(0.7);
    const shards = !isSoon
      ? this.#shards
      : await new Promise<readonly number[]>((resolve) => {
          const released = ({ moves }: Operation): readonly number[] => [
            ...eachShard(moves.flatMap((move) => move.shards)),
          ];
          atNextStep(
            this.#fleet,
            (operation) => void this.#fleet.people.after(delayMs, () => resolve(released(operation))),
            'follow',
          );
        });
    if (this.#isClosed) return 'nothing';
    return this.#moveOn(findWorstCopy(this.#fleet, shards) ?? undefined, random.chance(0.5), more, key);
  }

  /** Another ruleset: weights of a unit, often while an operation is about to write its next step. */
  async #apply(random: RandomStream): Promise<string> {
    const { topology, people } = this.#fleet;
    const unit = random.pick(topology.units.filter(({ kind, cells }) => kind === 'R' && cells.length === 2));
    const weight = random.pick(HALVES);
    const weights = [weight, 100 - weight];
    const cells = unit.cells.map((cell, index) => ({ ...cell, weight: weights[index] ?? 0 }));
    const units = topology.units.map((each) => (each === unit ? { ...unit, cells } : each));
    const delayMs = random.between(0, 200);
    if (random.chance(0.7))
      await new Promise<void>((resolve) => {
        atNextStep(this.#fleet, () => people.after(delayMs, resolve));
      });
    return this.#ask('apply', async (context) => {
      const { epoch: plannedOnEpoch, incarnation } = await runningTable(context);
      const call = { file: 'sim.yaml', text: `${unit.id}: ${weights}`, plannedOnEpoch, incarnation };
      const liveReaders = () => liveEdges(context);
      const { outcome } = await applyRuleset({ ...context, liveReaders }, call, { ...topology, units }, OPERATOR);
      return outcome;
    });
  }

  /** A data center that seems to be in trouble, most of the time. */
  #worst(random: RandomStream): string {
    const silent = [...this.#fleet.cells.values()].filter(({ process }) => !process.isRunning);
    if (silent.length > 0 && random.chance(0.8)) return random.pick(silent).dataCenter;
    return random.pick(this.#fleet.dataCenters);
  }

  #shift(random: RandomStream, unit: string): PlanCall {
    const cells = this.#fleet.topology.units.find(({ id }) => id === unit)?.cells ?? [];
    const weights = Object.fromEntries(cells.map(({ id }) => [id, random.below(101)]));
    const [first] = cells;
    // Weights of a unit add up to 100.
    let rest = 100;
    for (const { id } of cells.slice(1)) rest -= weights[id] = Math.min(rest, weights[id] ?? 0);
    if (first !== undefined) weights[first.id] = rest;
    return {
      kind: 'shift',
      unit,
      weights: random.chance(0.2) ? null : weights,
      forMs: random.chance(0.5) ? 20_000 : null,
    };
  }

  /** Operations that wait for somebody who accepts a loss. */
  async #waiting(context: OperationContext): Promise<string[]> {
    const { operations } = await readOperations(context.store);
    return operations.flatMap(({ operation: { id, step } }) => (step === 'acknowledge' ? [id] : []));
  }

  /** Never rejects: an error is an outcome, its code is the first word. */
  async #ask(_what: string, call: (context: OperationContext) => Promise<unknown>): Promise<string> {
    const { network, people, controls, world } = this.#fleet;
    const up = controls.filter(({ process }) => process.isUp);
    if (up.length === 0) return 'NOBODY';
    const control = world.random.named('operators’ doors').pick(up);
    const result = await network.call<string>(people, control.process, CALL_MS, (answer) => {
      const { context } = control;
      if (context === null) return;
      call(context).then(
        (text) => answer(typeof text === 'string' ? text : 'done'),
        (error: Error & { code?: string }) => answer(`${error.code ?? error.name} ${error.message}`),
      );
    });
    return result.kind === 'answer' ? result.value : `SILENT ${result.reason}`;
  }

  #count(name: string): void {
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
  }
}

function refusedBy({ verdicts }: PlanAnswer): string {
  return verdicts.flatMap(({ rule, verdict }) => (verdict === 'refused' ? [rule] : [])).join(', ');
}

function someShards(random: RandomStream, used: readonly number[]): string {
  const shard = random.chance(0.8) ? random.pick(used) : random.below(100);
  if (shard >= 100) return 'G';
  const from = Math.max(shard - (shard % 20), shard - random.below(4));
  const to = Math.min(99, from - (from % 20) + 19, shard + random.below(4));
  const name = (shard: number): string => String(shard).padStart(2, '0');
  return from === to ? name(from) : `${name(from)}-${name(to)}`;
}

async function openOperations({ store }: OperationContext): Promise<string[]> {
  const { operations } = await readOperations(store);
  return operations.flatMap(({ operation: { id, outcome } }) => (outcome === null ? [id] : []));
}
