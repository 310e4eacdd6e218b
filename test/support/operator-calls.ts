import { randomUUID } from 'node:crypto';
import type {
  AuditVerifyAnswer,
  OperationsAnswer,
  OperationView,
  PlanAnswer,
  PlanCall,
  StartAnswer,
  StartCall,
  TableAnswer,
} from '../../src/control/api-types.ts';
import { eventually } from './eventually.ts';

const CALL_MS = 20_000;
const LIMIT_MS = 60_000;
const LOOK_MS = 25;

/** An operator's calls of a control process, over HTTP. Whatever is not a 200 is an Error with all that came. */
export class OperatorCalls {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  plan(call: PlanCall): Promise<PlanAnswer> {
    return this.#call('POST', '/v1/plans', call);
  }

  /** Plans and starts; returns the operation's ID. */
  async begin(call: PlanCall, more: Omit<StartCall, 'plan'> = {}): Promise<string> {
    const key = randomUUID();
    // Other operations may end between the plan and its start: then it is drawn anew, as a person would.
    const started = await eventually<StartAnswer>('the operation is started', async () =>
      this.#call('POST', '/v1/operations', { plan: await this.plan(call), ...more }, { 'idempotency-key': key }),
    );
    return started.operation.id;
  }

  /** Plans, starts, waits for the outcome. */
  async run(call: PlanCall, more: Omit<StartCall, 'plan'> = {}): Promise<OperationView> {
    return this.ended(await this.begin(call, more));
  }

  get(id: string): Promise<OperationView> {
    return this.#call('GET', `/v1/operations/${id}`);
  }

  async ask(id: string, wish: 'abort' | 'accept-data-loss'): Promise<void> {
    await this.#call('POST', `/v1/operations/${id}/${wish}`, { reason: 'drill' });
  }

  until(id: string, what: string, isTrue: (view: OperationView) => boolean): Promise<OperationView> {
    let last: OperationView | null = null;
    const probe = async (): Promise<OperationView | null> => {
      last = await this.get(id);
      if (isTrue(last)) return last;
      // Each answer costs a control process some reads of its store, and it has other things to do.
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      return null;
    };
    return eventually(() => `operation ${what}: ${JSON.stringify(last)}`, probe, LIMIT_MS);
  }

  ended(id: string): Promise<OperationView> {
    return this.until(id, 'ended', ({ outcome }) => outcome !== null);
  }

  operations(): Promise<OperationsAnswer> {
    return this.#call('GET', '/v1/operations');
  }

  table(): Promise<TableAnswer> {
    return this.#call('GET', '/v1/table');
  }

  /** Who owns what: `40-79 RZ02@s-a ACTIVE`; shards that an operation holds have one word more. Epochs are left out. */
  async owners(): Promise<string[]> {
    const { shards } = await this.table();
    const runs: { from: string; to: string; owner: string }[] = [];
    for (const { shards: names, owner, primary, state, operation } of shards) {
      if (owner === null) continue;
      const [from = '', to = from] = names.split('-');
      const words = `${owner}@${primary} ${state}${operation === null ? '' : ' held'}`;
      const last = runs.at(-1);
      if (last?.owner === words && Number(from) === Number(last.to) + 1) last.to = to;
      else runs.push({ from, to, owner: words });
    }
    return runs.map(({ from, to, owner }) => `${from === to ? from : `${from}-${to}`} ${owner}`);
  }

  verifyAudit(): Promise<AuditVerifyAnswer> {
    return this.#call('GET', '/v1/audit/verify');
  }

  async #call<T>(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<T> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...json, ...more },
      signal: AbortSignal.timeout(CALL_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
