import { ANSWERS, AnswerMistake, readHighest } from './answer-reading.ts';
import {
  type CaughtUpAnswer,
  type CaughtUpCall,
  type FenceAnswer,
  type FenceCall,
  type FollowAnswer,
  type FollowCall,
  GATE_REFUSALS,
  type GateCallName,
  type GateRefusal,
  type GateScope,
  type LagAnswer,
  NOT_PROMOTED,
  type OwnerCall,
  type PlacesAnswer,
  type ProbeAnswer,
  type ProbeCall,
  type ShardVersion,
  STALE_EPOCH,
} from './gate-contract.ts';
import { expandShards } from './shard-list.ts';

/** One HTTP call; never rejects. The command line's and gate-http.ts are such functions. */
export type GateSend = (call: {
  readonly url: string;
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}) => Promise<GateReply>;

export type GateReply =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  /** `maySent`: the gate may have got the call. */
  | { readonly kind: 'failed'; readonly maySent: boolean; readonly detail: string };

export type GateResult<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  /** The gate did not do it, and says why. `highest`: the versions that it keeps, where it says so. */
  | {
      readonly kind: 'refused';
      readonly code: GateRefusal | 'OTHER';
      readonly highest: readonly ShardVersion[];
      readonly detail: string;
    }
  /** No usable answer: with `maySent` it may have been done; repeating the very same call is always safe. */
  | { readonly kind: 'unknown'; readonly maySent: boolean; readonly detail: string };

export interface GateClientParts {
  readonly send: GateSend;
  readonly token: string;
  /** Limit of each call in milliseconds; what a call itself may wait is added. */
  readonly timeoutMs: number;
}

/** Calls one gate, and tells apart: answered, refused, no usable answer. Never rejects, never repeats by itself. */
export class GateClient {
  readonly url: string;
  readonly #parts: GateClientParts;

  /** `url`: the base, `http://10.0.1.7:8080`; the paths `/gate/v1/…` are added. */
  constructor(url: string, parts: GateClientParts) {
    this.url = url.replace(/\/+$/, '');
    this.#parts = parts;
  }

  /** Returns when older transactions have ended; from then on writes below the epoch are refused. */
  fence(call: FenceCall): Promise<GateResult<FenceAnswer>> {
    return this.#call('fence', call, ANSWERS.fence);
  }

  position(call: GateScope): Promise<GateResult<PlacesAnswer>> {
    return this.#call('position', call, ANSWERS.places);
  }

  /** Waits up to `waitMs`; false on another lineage. */
  caughtUp(call: CaughtUpCall): Promise<GateResult<CaughtUpAnswer>> {
    const positions = call.positions.map(({ shard, position }) => ({ shard, ...position.toJSON() }));
    const wire: Readonly<Record<'shards', GateScope['shards']>> = Object.assign({ ...call }, { positions });
    return this.#call('caughtUp', wire, ANSWERS.caughtUp, call.waitMs);
  }

  /** Only after the grant is on record. */
  promote(call: OwnerCall): Promise<GateResult<PlacesAnswer>> {
    return this.#call('promote', call, ANSWERS.places);
  }

  follow(call: FollowCall): Promise<GateResult<FollowAnswer>> {
    return this.#call('follow', call, ANSWERS.follow);
  }

  lag(call: GateScope): Promise<GateResult<LagAnswer>> {
    return this.#call('lag', call, ANSWERS.lag);
  }

  /** A write of the conformance check; a refusal of the application is an answer here. */
  async probe(call: ProbeCall): Promise<GateResult<ProbeAnswer>> {
    const result = await this.#call('probe', call, readProbe, call.holdMs);
    const code =
      result.kind === 'refused' ? [STALE_EPOCH, NOT_PROMOTED].find((each) => result.detail.startsWith(each)) : null;
    return code == null ? result : { kind: 'answered', answer: { executed: false, code } };
  }

  async #call<T>(
    name: GateCallName,
    call: Readonly<Record<'shards', GateScope['shards']>>,
    read: (body: unknown, asked: readonly string[]) => T,
    extraMs = 0,
  ): Promise<GateResult<T>> {
    const asked = expandShards(call.shards);
    if (asked === null)
      return { kind: 'unknown', maySent: false, detail: `shards ${JSON.stringify(call.shards)} are no shards` };
    const reply = await this.#parts.send({
      url: `${this.url}/gate/v1/${name}`,
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#parts.token}`,
        accept: 'application/json',
        'content-type': 'application/json',
      },
      body: JSON.stringify(call),
      timeoutMs: this.#parts.timeoutMs + extraMs,
    });
    if (reply.kind === 'failed') return { kind: 'unknown', maySent: reply.maySent, detail: reply.detail };
    return readReply(reply.status, reply.text, (body) => read(body, asked));
  }
}

function readReply<T>(status: number, text: string, read: (body: unknown) => T): GateResult<T> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'unknown', maySent: true, detail: `status ${status} with something that is not JSON` };
  }
  if (status === 200) {
    try {
      return { kind: 'answered', answer: read(body) };
    } catch (error) {
      if (!(error instanceof AnswerMistake)) throw error;
      return { kind: 'unknown', maySent: true, detail: `not the contract’s answer: ${error.message}` };
    }
  }
  const { code, message } = ((body as { error?: unknown } | null)?.error ?? {}) as {
    code?: unknown;
    message?: unknown;
  };
  if (typeof code !== 'string')
    return { kind: 'unknown', maySent: true, detail: `status ${status} without an error code` };
  // A 5xx with a code that the contract does not have may come from something that failed half-way.
  if (status >= 500 && !Object.hasOwn(GATE_REFUSALS, code) && code !== STALE_EPOCH && code !== NOT_PROMOTED)
    return { kind: 'unknown', maySent: true, detail: `${code}: ${String(message)}` };
  const known = Object.hasOwn(GATE_REFUSALS, code) ? (code as GateRefusal) : 'OTHER';
  return { kind: 'refused', code: known, highest: readHighest(body), detail: `${code}: ${String(message)}` };
}

function readProbe(body: unknown): ProbeAnswer {
  if ((body as { executed?: unknown } | null)?.executed !== true) throw new AnswerMistake('executed is not true');
  return { executed: true, code: null };
}
