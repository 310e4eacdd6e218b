import type { OperationView } from '../control/api-types.ts';
import { CodedError, type ErrorCode } from '../errors.ts';
import type { CliEnvironment } from './cli-environment.ts';
import type { ControlClient } from './control-client.ts';
import type { ServerSentEvent } from './event-stream.ts';

/** For so long control nodes are asked again when none answers; the operation itself needs none of this. */
const GIVE_UP_MS = 60_000;
const RETRY_MS = 300;

/** Nobody answers, or nobody who can say anything now: worth asking again. Anything else is a refusal. */
const PASSING: readonly ErrorCode[] = [
  'CONTROL_UNREACHABLE',
  'CONTROL_ANSWER_INVALID',
  'STORE_CLOSED',
  'STORE_OVERLOADED',
  'STORE_UNAVAILABLE',
  'STORE_TIMEOUT',
  'INTERNAL',
];

export interface Following {
  readonly id: string;
  readonly stop: AbortSignal;
  /** Every new view, never one that is older than the last. */
  readonly onView: (view: OperationView) => void;
  /** No control node tells anything now, and why; null: one does again. */
  readonly onTrouble: (detail: string | null) => void;
  /** Where following ends. */
  readonly isEnough: (view: OperationView) => boolean;
}

export type FollowEnd =
  | { readonly kind: 'enough'; readonly view: OperationView }
  | { readonly kind: 'stopped' }
  /** No control node answered for too long. */
  | { readonly kind: 'lost'; readonly detail: string };

/**
 * Follows an operation by the events of one control node. When that one goes away, asks for the operation wherever it can be had,
 * and follows from there: events carry the whole state, so nothing is missed. Throws what all control nodes would refuse.
 */
export async function followOperation(
  env: CliEnvironment,
  client: ControlClient,
  following: Following,
): Promise<FollowEnd> {
  const { id, stop, onTrouble } = following;
  const path = `/v1/operations/${encodeURIComponent(id)}`;
  const sight = new Sight(following);
  for (;;) {
    const before = sight.count;
    const end = await client.events(`${path}/events`, AbortSignal.any([stop, sight.enough]), sight.onEvent);
    if (sight.last !== null && sight.enough.aborted) return { kind: 'enough', view: sight.last };
    if (end.kind === 'stopped') return { kind: 'stopped' };
    onTrouble(end.detail);
    // A node that ends every stream at once must not be asked in a tight circle.
    if (sight.count === before) await env.wait(RETRY_MS, stop);
    const lost = await findAgain(env, client, path, stop, sight);
    if (sight.last !== null && sight.enough.aborted) return { kind: 'enough', view: sight.last };
    if (stop.aborted) return { kind: 'stopped' };
    if (lost !== null) return { kind: 'lost', detail: lost };
    onTrouble(null);
  }
}

/** Null: somebody told the operation's state. */
async function findAgain(
  env: CliEnvironment,
  client: ControlClient,
  path: string,
  stop: AbortSignal,
  sight: Sight,
): Promise<string | null> {
  const from = env.monotonicMs();
  for (;;) {
    try {
      sight.see(await client.get<OperationView>(path));
      return null;
    } catch (error) {
      if (!(error instanceof CodedError && PASSING.includes(error.code))) throw error;
      if (stop.aborted || env.monotonicMs() - from >= GIVE_UP_MS) return error.detail;
      await env.wait(RETRY_MS, stop);
    }
  }
}

/** What was seen of an operation so far. */
class Sight {
  last: OperationView | null = null;
  count = 0;
  readonly #following: Following;
  readonly #enough = new AbortController();

  constructor(following: Following) {
    this.#following = following;
  }

  /** Aborted when a view was enough. */
  get enough(): AbortSignal {
    return this.#enough.signal;
  }

  readonly onEvent = ({ name, data }: ServerSentEvent): void => {
    if (name !== 'operation' && name !== 'end') return;
    const view = parseView(data);
    if (view !== null) this.see(view);
  };

  see(view: OperationView): void {
    if (this.#enough.signal.aborted || (this.last !== null && view.sequence < this.last.sequence)) return;
    this.last = view;
    this.count += 1;
    this.#following.onView(view);
    if (this.#following.isEnough(view)) this.#enough.abort();
  }
}

function parseView(data: string): OperationView | null {
  try {
    const view = JSON.parse(data) as OperationView | null;
    return typeof view === 'object' && typeof view?.id === 'string' ? view : null;
  } catch {
    return null;
  }
}
