/** Ticks of a horizon, and of W: one more, for a guard and a controller whose ticks are not the same instants. */
export const HORIZON = 2;
export const WINDOW = 3;

/** The sets of witnesses: only the old one, both, or only the new one. */
export type Phase = 0 | 1 | 2;

/** A question to all witnesses, under way. */
export interface Question {
  /** Ticks since it was sent. */
  readonly age: number;
  /** Bit i: witness i answered, and its answer counts. */
  readonly answers: number;
}

export interface Guard {
  /** Whether this boot has read the store. */
  readonly hasRead: boolean;
  /** Epoch and set of witnesses as it read them last; it knows only an epoch at which it owns the shard, else 0. */
  readonly epoch: number;
  readonly phase: Phase;
  /** Ticks until its horizon. */
  readonly left: number;
  readonly question: Question | null;
  /** The epoch in the snapshot on its disk: the newest at which it owned the shard. */
  readonly saved: number;
}

export interface Witness {
  /** Highest freeze that it was told. */
  readonly freeze: number;
  /** Highest phase that it promised: guards that know only an older one get no answer. */
  readonly promised: Phase;
  /** It lost its disk and has not read the store since. */
  readonly isLost: boolean;
}

export interface Controller {
  /** Bit i: witness i acknowledged. */
  readonly acknowledged: number;
  /** Ticks of W so far; null: W has not begun. */
  readonly waited: number | null;
}

/** One shard and two units with a guard each; the store's record; the controller of the freeze that is on record. */
export interface WitnessState {
  readonly epoch: number;
  readonly owner: 0 | 1;
  readonly isFreezing: boolean;
  readonly phase: Phase;
  readonly guards: readonly [Guard, Guard];
  readonly witnesses: readonly Witness[];
  readonly controller: Controller;
  /** The old owner's guard acknowledged that nothing is in flight under this freeze: nobody needs to wait for W. */
  readonly isDrained: boolean;
  /** A freeze that was sent to a witness and has not come: witness and epoch. */
  readonly late: readonly [witness: number, freeze: number] | null;
  readonly faultsLeft: number;
}

/** A world: which witnesses are in the old and in the new set, how far epochs go, and how many faults happen. */
export interface WitnessWorld {
  readonly oldSet: number;
  readonly newSet: number;
  readonly witnesses: number;
  readonly lastEpoch: number;
  readonly faults: number;
}

export const CLOSED: Guard = { hasRead: false, epoch: 0, phase: 0, left: 0, question: null, saved: 0 };
const NO_CONTROLLER: Controller = { acknowledged: 0, waited: null };

export function firstState({ witnesses, faults }: WitnessWorld): WitnessState {
  const first: Guard = { hasRead: true, epoch: 1, phase: 0, left: HORIZON, question: null, saved: 1 };
  return {
    epoch: 1,
    owner: 0,
    isFreezing: false,
    phase: 0,
    guards: [first, CLOSED],
    witnesses: Array.from({ length: witnesses }, () => ({ freeze: 0, promised: 0 as Phase, isLost: false })),
    controller: NO_CONTROLLER,
    isDrained: false,
    late: null,
    faultsLeft: faults,
  };
}

export function withGuard(state: WitnessState, side: 0 | 1, guard: Guard): WitnessState {
  return { ...state, guards: side === 0 ? [guard, state.guards[1]] : [state.guards[0], guard] };
}

export function withWitness(state: WitnessState, index: number, witness: Witness): WitnessState {
  return { ...state, witnesses: state.witnesses.map((other, at) => (at === index ? witness : other)) };
}

/** All that makes two states differ, a character each. */
export function keyOf(state: WitnessState): string {
  const { controller, late } = state;
  const codes = [state.epoch, state.owner, Number(state.isFreezing) + 2 * Number(state.isDrained), state.phase];
  codes.push(state.faultsLeft);
  for (const { hasRead, epoch, phase, left, question, saved } of state.guards)
    codes.push(
      Number(hasRead),
      epoch,
      phase,
      left,
      saved,
      question === null ? 9 : question.age,
      question?.answers ?? 0,
    );
  for (const { freeze, promised, isLost } of state.witnesses) codes.push(freeze, promised, Number(isLost));
  codes.push(controller.acknowledged, controller.waited ?? 9, late === null ? 9 : late[0], late?.[1] ?? 0);
  return String.fromCharCode(...codes);
}
