import type { GateEffect } from '../../../src/core/operation/operation-effect.ts';

/** A copy's data gate (docs/data-gate.md): what it keeps of one shard. */
export interface ModelGate {
  /** Highest epoch that it was told; durable. */
  readonly highest: number;
  readonly isWritable: boolean;
  readonly lineage: number;
  /** The writes in order, a letter each; the offset of a position is their number. */
  readonly log: string;
}

/** Fence, promote or follow at an epoch; null: refused, because the gate durably knows a higher one. */
export function told(
  gate: ModelGate,
  type: Exclude<GateEffect['type'], 'ReadPositions'>,
  epoch: number,
  owner: ModelGate,
): ModelGate | null {
  if (epoch < gate.highest) return null;
  const fenced = { ...gate, highest: epoch };
  switch (type) {
    case 'FenceSource':
      return fenced;
    case 'PromoteTarget':
      return gate.lineage === epoch ? fenced : { ...fenced, isWritable: true, lineage: epoch };
    case 'FollowSource':
      return { ...fenced, isWritable: false, lineage: owner.lineage, log: commonPart(gate.log, owner.log) };
  }
}

/** One write more comes over from the owner's copy; null: nothing to come. */
export function replicated(copy: ModelGate, owner: ModelGate): ModelGate | null {
  if (copy.isWritable || copy.lineage !== owner.lineage || copy.log.length >= owner.log.length) return null;
  return { ...copy, log: owner.log.slice(0, copy.log.length + 1) };
}

/** Rule 4: the write's own transaction compares its epoch with the fence; null: refused, not executed. */
export function executed(gate: ModelGate, epoch: number, write: number): ModelGate | null {
  if (!gate.isWritable || epoch < gate.highest) return null;
  return { ...gate, log: gate.log + letterOf(write) };
}

export function holds(gate: ModelGate, writes: number): boolean {
  for (let write = 0; writes >> write > 0; write += 1)
    if ((writes >> write) & 1 && !gate.log.includes(letterOf(write))) return false;
  return true;
}

/** The writes of a log as bits. */
export function bitsOf(log: string): number {
  let bits = 0;
  for (const letter of log) bits |= 1 << (letter.charCodeAt(0) - FIRST_LETTER);
  return bits;
}

const FIRST_LETTER = 97;
const letterOf = (write: number): string => String.fromCharCode(FIRST_LETTER + write);

function commonPart(one: string, two: string): string {
  let length = 0;
  while (length < one.length && one[length] === two[length]) length += 1;
  return one.slice(0, length);
}
