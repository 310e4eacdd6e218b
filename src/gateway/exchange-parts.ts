import type { Clock } from '../core/clock.ts';
import type { Decision } from '../core/decide.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import type { Holding } from './holding/holding.ts';
import type { RequestFacts, RequestPlan } from './request-plan.ts';
import type { HeaderList, Refusal, Upstream } from './upstream.ts';

/** What an exchange is handed by the pipeline. */
export interface ExchangeParts {
  readonly clock: Clock;
  /** Decides with the table of this moment. */
  decide(plan: RequestPlan): Decision;
  /** The way to the decided cell: this data center's guard, or a peer's over the interlink. */
  route(decision: Decision & { kind: 'forward' }): Upstream;
  /** Where it waits while its shard is moved. */
  readonly holding: Holding;
  /** Whether the guard that refused named a newer owner to which there is a way: then it need not wait for the store. */
  learn(plan: RequestPlan, refusal: Refusal): boolean;
  /** Waits until a table at least as new as the refusal is in force; bounded, never rejects. */
  catchUp(): Promise<void>;
  /** Whether one more attempt is within the retry budget. */
  mayResend(): boolean;
  /** Headers that every answer gets; debug headers depend on the decision. */
  ownHeaders(facts: RequestFacts, decision: Decision | null): HeaderList;
  finished(end: ExchangeEnd): void;
}
