import { DATA_MUTANTS } from './data-mutants.ts';
import { EDGE_MUTANTS } from './edge-mutants.ts';
import { GUARD_MUTANTS } from './guard-mutants.ts';
import type { Mutant } from './mutant.ts';
import { OPERATION_MUTANTS } from './operation-mutants.ts';

/** Every mistake that the simulator must find, in the order of docs/ownership-protocol.md. */
export const MUTANTS: readonly Mutant[] = [...GUARD_MUTANTS, ...EDGE_MUTANTS, ...OPERATION_MUTANTS, ...DATA_MUTANTS];
