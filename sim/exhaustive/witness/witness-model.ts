import type { Model } from '../explore.ts';
import type { WitnessRule } from './witness-rules.ts';
import {
  CLOSED,
  firstState,
  type Guard,
  HORIZON,
  keyOf,
  type Phase,
  WINDOW,
  type Witness,
  type WitnessState,
  type WitnessWorld,
  withGuard,
  withWitness,
} from './witness-state.ts';

const SIDES = [0, 1] as const;
type Add = (step: string, next: WitnessState) => void;

/**
 * Guards that extend their horizon by witnesses as well as by the store, freezes that witnesses acknowledge, and a set of
 * witnesses that changes: every order of every step. `leftOut`: the rule that this world does not keep.
 */
export class WitnessModel implements Model<WitnessState> {
  readonly first: WitnessState;
  readonly #world: WitnessWorld;
  readonly #leftOut: WitnessRule | null;

  constructor(world: WitnessWorld, leftOut: WitnessRule | null = null) {
    this.#world = world;
    this.#leftOut = leftOut;
    this.first = firstState(world);
  }

  key(state: WitnessState): string {
    return keyOf(state);
  }

  violation({ guards }: WitnessState): string | null {
    return guards.every(isOpen) ? 'guards of two units admit writes of one shard' : null;
  }

  successors(state: WitnessState): (readonly [string, WitnessState])[] {
    const found: (readonly [string, WitnessState])[] = [];
    const add: Add = (step, next) => void found.push([step, next]);
    add('a tick passes', tick(state));
    for (const side of SIDES) this.#guardSteps(state, side, add);
    state.witnesses.forEach((witness, index) => {
      this.#witnessSteps(state, witness, index, add);
    });
    if (state.isFreezing) this.#freezeSteps(state, add);
    else this.#calmSteps(state, add);
    if (state.late !== null) {
      const [index, freeze] = state.late;
      add(`witness ${index} is told late of freeze ${freeze}`, this.#told({ ...state, late: null }, index, freeze));
    }
    return found;
  }

  #keeps(rule: WitnessRule): boolean {
    return rule !== this.#leftOut;
  }

  #guardSteps(state: WitnessState, side: 0 | 1, add: Add): void {
    const guard = state.guards[side];
    const { epoch, owner, isFreezing, phase, faultsLeft } = state;
    const owns = !isFreezing && owner === side;
    // The snapshot matters only to a boot that opens without the store.
    const saved = this.#keeps('open by the store') ? 0 : owns ? epoch : guard.saved;
    const [known, left] = owns ? [epoch, HORIZON] : [0, 0];
    const read = withGuard(state, side, { hasRead: true, epoch: known, phase, left, question: null, saved });
    const isDrained = state.isDrained || (isFreezing && owner === side);
    add(`guard ${side} reads the store`, { ...read, isDrained });
    if (guard.question === null && this.#mayAsk(guard))
      add(`guard ${side} asks the witnesses`, withGuard(state, side, { ...guard, question: { age: 0, answers: 0 } }));
    if (!guard.hasRead || faultsLeft === 0) return;
    const boot = { ...CLOSED, epoch: saved, saved, phase: saved === 0 ? CLOSED.phase : guard.phase };
    add(`guard ${side} starts anew`, withGuard({ ...state, faultsLeft: faultsLeft - 1 }, side, boot));
  }

  /** An open guard extends; without the first rule a boot opens by its snapshot and what witnesses say. */
  #mayAsk(guard: Guard): boolean {
    return guard.epoch > 0 && (guard.left > 0 || !(this.#keeps('open by the store') || guard.hasRead));
  }

  #witnessSteps(state: WitnessState, witness: Witness, index: number, add: Add): void {
    const isSilent = witness.isLost && this.#keeps('silent after loss');
    if (!isSilent) for (const side of SIDES) this.#answer(state, side, index, add);
    if (state.faultsLeft > 0) {
      const rest = { ...state, faultsLeft: state.faultsLeft - 1 };
      const empty: Witness = { freeze: 0, promised: 0, isLost: true };
      add(`witness ${index} loses its disk`, withWitness(rest, index, empty));
      if (!this.#keeps('durable'))
        add(`witness ${index} restarts and forgets`, withWitness(rest, index, { ...empty, isLost: false }));
    }
    if (!witness.isLost) return;
    // What it had promised must be on record too: it takes the phase that the store has.
    const read: Witness = { freeze: state.epoch, promised: state.phase, isLost: false };
    add(`witness ${index} reads the store`, withWitness(state, index, read));
  }

  /** One witness answers one guard. The guard that this answer gives a majority has its horizon extended. */
  #answer(state: WitnessState, side: 0 | 1, index: number, add: Add): void {
    const guard = state.guards[side];
    const witness = state.witnesses[index];
    if (guard.question === null || witness === undefined || guard.question.answers & (1 << index)) return;
    const isBehind = witness.freeze > guard.epoch && this.#keeps('nothing higher');
    if (isBehind || witness.promised > guard.phase) return;
    const answers = guard.question.answers | (1 << index);
    const { age } = guard.question;
    const name = `witness ${index} answers guard ${side}`;
    if (!this.#isEnough(answers, guard.phase)) {
      add(name, withGuard(state, side, { ...guard, question: { age, answers } }));
      return;
    }
    const left = Math.max(guard.left, this.#keeps('from the sending') ? HORIZON - age : HORIZON);
    add(`${name}: a majority`, withGuard(state, side, { ...guard, hasRead: true, left, question: null }));
  }

  #isEnough(answers: number, phase: Phase): boolean {
    const { oldSet, newSet } = this.#world;
    if (!this.#keeps('majority of guards')) return answers !== 0;
    const isOld = isMajority(answers, oldSet);
    const isNew = isMajority(answers, newSet);
    if (phase === 1) return isOld && (isNew || !this.#keeps('joint extension'));
    return phase === 0 ? isOld : isNew;
  }

  /** A freeze of the owner's shard, and the next step of a change of the set. */
  #calmSteps(state: WitnessState, add: Add): void {
    const { epoch, phase, witnesses } = state;
    const { lastEpoch, oldSet, newSet } = this.#world;
    if (epoch + 2 <= lastEpoch) {
      const controller = { acknowledged: 0, waited: this.#keeps('W after both') ? null : 0 };
      const frozen = { ...state, epoch: epoch + 1, isFreezing: true, controller };
      // Without keys, what acknowledged the freeze of before counts for this one.
      const old = state.controller.acknowledged;
      const kept = this.#keeps('keyed acknowledgements') ? frozen : this.#counted(frozen, old);
      add('the controller freezes', kept);
    }
    if (oldSet === newSet) return;
    if (phase === 0) add('the set of witnesses becomes both', { ...state, phase: 1 });
    if (phase !== 1) return;
    witnesses.forEach((witness, index) => {
      const isAsked = (oldSet & (1 << index)) !== 0 && !witness.isLost && witness.promised === 0;
      if (isAsked) add(`witness ${index} promises`, withWitness(state, index, { ...witness, promised: 1 }));
    });
    const promised = witnesses.reduce((mask, { promised }, index) => (promised > 0 ? mask | (1 << index) : mask), 0);
    if (isMajority(promised, oldSet) || !this.#keeps('promise first'))
      add('the set of witnesses becomes the new one', { ...state, phase: 2 });
  }

  #freezeSteps(state: WitnessState, add: Add): void {
    const { epoch, owner, witnesses, controller } = state;
    witnesses.forEach((witness, index) => {
      if (controller.acknowledged & (1 << index) || (witness.isLost && this.#keeps('silent after loss'))) return;
      const told = this.#told(state, index, epoch);
      add(`witness ${index} acknowledges the freeze`, this.#counted(told, controller.acknowledged | (1 << index)));
      if (state.late === null && state.faultsLeft > 0)
        add(`the freeze is late for witness ${index}`, {
          ...state,
          late: [index, epoch],
          faultsLeft: state.faultsLeft - 1,
        });
    });
    const acknowledged = this.#keeps('keyed acknowledgements') ? 0 : controller.acknowledged;
    const ended = {
      ...state,
      epoch: epoch + 1,
      isFreezing: false,
      isDrained: false,
      controller: { acknowledged, waited: null },
    };
    add('the controller aborts', ended);
    const isOver = controller.waited !== null && controller.waited >= WINDOW;
    if (state.isDrained || (isOver && this.#isAcknowledged(controller.acknowledged, state.phase)))
      add('the controller grants', { ...ended, owner: owner === 0 ? 1 : 0 });
    if (controller.waited === null && controller.acknowledged === 0) return;
    if (state.faultsLeft === 0) return;
    // It knows nothing of what the one before waited for; without its rule it believes that W is over.
    const successor = this.#keeps('anew after a takeover')
      ? { acknowledged: 0, waited: null }
      : { acknowledged: controller.acknowledged, waited: controller.waited === null ? null : WINDOW };
    add('another controller takes over', { ...state, faultsLeft: state.faultsLeft - 1, controller: successor });
  }

  /** W begins with the acknowledgement that completes what the freeze needs. */
  #counted(state: WitnessState, acknowledged: number): WitnessState {
    const begun = this.#isAcknowledged(acknowledged, state.phase) ? 0 : null;
    return { ...state, controller: { acknowledged, waited: state.controller.waited ?? begun } };
  }

  #isAcknowledged(acknowledged: number, phase: Phase): boolean {
    const { oldSet, newSet } = this.#world;
    if (!this.#keeps('majority of freezes')) return acknowledged !== 0;
    const isOld = isMajority(acknowledged, oldSet);
    const isNew = isMajority(acknowledged, newSet);
    if (phase === 1) return isNew && (isOld || !this.#keeps('joint freeze'));
    return phase === 0 ? isOld : isNew;
  }

  #told(state: WitnessState, index: number, freeze: number): WitnessState {
    const witness = state.witnesses[index];
    if (witness === undefined) return state;
    const highest = this.#keeps('monotone') ? Math.max(witness.freeze, freeze) : freeze;
    return withWitness(state, index, { ...witness, freeze: highest });
  }
}

function isOpen({ hasRead, epoch, left }: Guard): boolean {
  return hasRead && epoch > 0 && left > 0;
}

function isMajority(mask: number, set: number): boolean {
  return 2 * bits(mask & set) > bits(set);
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function tick(state: WitnessState): WitnessState {
  const older = (guard: Guard): Guard => {
    const left = Math.max(0, guard.left - 1);
    const age = (guard.question?.age ?? 0) + 1;
    // An answer to an older question extends nothing any more.
    const question = guard.question === null || age > HORIZON ? null : { ...guard.question, age };
    return { ...guard, left, question };
  };
  const { waited } = state.controller;
  const controller = { ...state.controller, waited: waited === null ? null : Math.min(WINDOW, waited + 1) };
  return { ...state, guards: [older(state.guards[0]), older(state.guards[1])], controller };
}
