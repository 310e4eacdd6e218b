export const FAULT_KINDS = [
  'killGateway',
  'killControl',
  'killCells',
  'killStore',
  'powerCut',
  'loseDataCenter',
  'pauseGateway',
  'pauseControl',
  'pauseCells',
  'suspendGateway',
  'suspendControl',
  'jumpWall',
  'cutDataCenters',
  'isolateDataCenter',
  'cutFromStore',
  'slowLink',
  'lossyLink',
  'loseStore',
  'slowStore',
  'ambiguousStore',
  'doubtfulHints',
  'doubleGateCalls',
  'slowReplication',
  'cutProcesses',
  'doublePeerCalls',
  'compactedStore',
  'rewoundStore',
  'shyGuard',
  'lateReads',
  'lateWrite',
  'slowAnswers',
  'lateRequests',
  'hitGuard',
  'hitController',
  'hitCells',
  'hitTarget',
  'hiddenGrant',
  'delayedCopy',
  'overtakenWrite',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault of a schedule. Its ID stays what it is when others are left out: schedules shrink by leaving out. */
export interface PlannedFault {
  /** `pauseGateway#2`. */
  readonly id: string;
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
}

/** How often a kind comes in a world that has it, ms between two on average, and how long it lasts, ms. */
interface Habit {
  readonly everyMs: number;
  readonly lowMs: number;
  readonly highMs: number;
  /** Share of worlds that have it. */
  readonly share: number;
}

const habit = (everyMs: number, lowMs: number, highMs: number, share = 0.4): Habit => ({
  everyMs,
  lowMs,
  highMs,
  share,
});

/** Short and long ones: a pause of two minutes, a store that is away for longer than a freeze may last. */
export const HABITS: Readonly<Record<FaultKind, Habit>> = {
  killGateway: habit(25_000, 100, 15_000),
  killControl: habit(15_000, 100, 15_000, 0.5),
  killCells: habit(30_000, 100, 15_000),
  killStore: habit(30_000, 500, 10_000),
  powerCut: habit(40_000, 500, 15_000, 0.2),
  loseDataCenter: habit(60_000, 5_000, 40_000, 0.3),
  pauseGateway: habit(20_000, 100, 120_000, 0.5),
  pauseControl: habit(20_000, 100, 30_000, 0.5),
  pauseCells: habit(30_000, 100, 15_000),
  suspendGateway: habit(30_000, 200, 30_000, 0.3),
  suspendControl: habit(30_000, 200, 30_000, 0.3),
  jumpWall: habit(30_000, 0, 0, 0.3),
  cutDataCenters: habit(20_000, 200, 25_000, 0.5),
  isolateDataCenter: habit(40_000, 1_000, 30_000, 0.3),
  cutFromStore: habit(15_000, 500, 30_000, 0.5),
  slowLink: habit(20_000, 1_000, 20_000),
  lossyLink: habit(20_000, 1_000, 20_000, 0.3),
  loseStore: habit(40_000, 500, 30_000, 0.3),
  slowStore: habit(20_000, 1_000, 20_000, 0.3),
  ambiguousStore: habit(15_000, 1_000, 30_000, 0.5),
  doubtfulHints: habit(20_000, 5_000, 60_000, 0.5),
  doubleGateCalls: habit(20_000, 5_000, 60_000, 0.5),
  slowReplication: habit(20_000, 1_000, 20_000, 0.4),
  cutProcesses: habit(15_000, 200, 30_000, 0.4),
  doublePeerCalls: habit(20_000, 5_000, 60_000, 0.4),
  compactedStore: habit(20_000, 1_000, 30_000, 0.4),
  rewoundStore: habit(30_000, 10_000, 40_000, 0.4),
  shyGuard: habit(25_000, 8_000, 40_000, 0.3),
  lateReads: habit(12_000, 3_000, 15_000, 0.4),
  lateWrite: habit(10_000, 4_000, 15_000, 0.3),
  slowAnswers: habit(15_000, 4_000, 25_000, 0.4),
  lateRequests: habit(15_000, 4_000, 20_000, 0.35),
  hitGuard: habit(5_000, 300, 12_000, 0.8),
  hitController: habit(8_000, 300, 12_000, 0.5),
  hitCells: habit(6_000, 300, 12_000, 0.6),
  hitTarget: habit(10_000, 300, 8_000, 0.4),
  hiddenGrant: habit(10_000, 4_000, 20_000, 0.4),
  delayedCopy: habit(10_000, 3_000, 30_000, 0.35),
  overtakenWrite: habit(12_000, 3_000, 15_000, 0.3),
};

/** Those that wait for the next step of an operation, and then hit whoever that step depends on. */
export const STEP_KINDS = ['hitGuard', 'hitController', 'hitCells', 'hitTarget'] as const;
export type StepKind = (typeof STEP_KINDS)[number];
