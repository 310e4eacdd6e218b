import type { StartAdoptionParts } from './adoption/start-adoption.ts';
import type { OperationContext } from './operations/operation-context.ts';

/** What the calls of the API work with, all of them together. */
export interface ApiContext extends OperationContext {
  readonly adoption: StartAdoptionParts;
}
