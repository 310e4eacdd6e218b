import { RandomStream } from '../world/random-stream.ts';
import { FAULT_KINDS, type FaultKind, HABITS, type PlannedFault } from './planned-fault.ts';

/** Long faults are rarer than short ones: lengths are drawn evenly on a logarithmic scale. */
function lengthOf(random: RandomStream, low: number, high: number): number {
  if (high <= low) return low;
  return Math.exp(random.between(Math.log(low), Math.log(high)));
}

function drawKind(seed: number, kind: FaultKind, untilMs: number): PlannedFault[] {
  // Each kind has a stream of its own: a new kind shifts nothing.
  const random = new RandomStream(seed, `faults ${kind}`);
  const { everyMs, lowMs, highMs, share } = HABITS[kind];
  if (!random.chance(share)) return [];
  const faults: PlannedFault[] = [];
  // Some worlds have a kind often, others hardly.
  const mean = everyMs * random.between(0.4, 2);
  for (let at = random.exponential(mean); at < untilMs; at += random.exponential(mean)) {
    const forMs = lengthOf(random, lowMs, highMs);
    faults.push({ id: `${kind}#${faults.length + 1}`, kind, atMs: Math.round(at), forMs: Math.round(forMs) });
  }
  return faults;
}

/** The faults of a seed until an instant, in order of time. Not every world has every kind (swarm testing, Groce 2012). */
export function drawFaults(seed: number, untilMs: number): PlannedFault[] {
  const faults = FAULT_KINDS.flatMap((kind) => drawKind(seed, kind, untilMs));
  return faults.sort((left, right) => left.atMs - right.atMs || (left.id < right.id ? -1 : 1));
}
