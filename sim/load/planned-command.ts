import { RandomStream } from '../world/random-stream.ts';

export type Command =
  | 'move'
  | 'evacuate'
  | 'emergency'
  | 'failback'
  | 'shift'
  | 'abort'
  | 'accept'
  | 'repeat'
  | 'freezeAll'
  | Habit;

/** What only some operators do: each has a stream of its own, and not every world has it. */
export type Habit = 'regret' | 'worstCopy' | 'shuffle' | 'apply';

/** Something that an operator does; what exactly is drawn from a stream of its own when the time has come. */
export interface PlannedCommand {
  readonly id: string;
  readonly atMs: number;
  readonly command: Command;
}

const OFTEN: readonly Command[] = [
  ...['move', 'move', 'move', 'evacuate', 'evacuate', 'emergency', 'emergency', 'failback', 'failback'],
  ...['shift', 'abort', 'abort', 'accept', 'accept', 'repeat', 'freezeAll'],
] as Command[];
const MEAN_MS = 7_000;

/** ms between two on average in a world that has the habit, and the share of such worlds. */
const HABITS: Readonly<Record<Habit, { readonly everyMs: number; readonly share: number }>> = {
  regret: { everyMs: 10_000, share: 0.35 },
  worstCopy: { everyMs: 6_000, share: 0.45 },
  shuffle: { everyMs: 5_000, share: 0.5 },
  apply: { everyMs: 12_000, share: 0.3 },
};

/** What operators do until an instant. */
export function drawCommands(seed: number, untilMs: number): PlannedCommand[] {
  const random = new RandomStream(seed, 'operators');
  const often = drawRow(random, MEAN_MS, untilMs, 'operator', () => random.pick(OFTEN));
  const habits = (Object.keys(HABITS) as Habit[]).flatMap((habit) => {
    const own = new RandomStream(seed, `operators ${habit}`);
    const { everyMs, share } = HABITS[habit];
    return own.chance(share) ? drawRow(own, everyMs, untilMs, habit, () => habit) : [];
  });
  return [...often, ...habits];
}

function drawRow(
  random: RandomStream,
  meanMs: number,
  untilMs: number,
  name: string,
  pick: () => Command,
): PlannedCommand[] {
  // Some worlds have busy operators.
  const mean = meanMs * random.between(0.4, 2);
  const commands: PlannedCommand[] = [];
  for (let at = random.exponential(mean); at < untilMs; at += random.exponential(mean))
    commands.push({ id: `${name}#${commands.length + 1}`, atMs: Math.round(at), command: pick() });
  return commands;
}
