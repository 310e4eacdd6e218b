import type { Clock } from '../core/clock.ts';
import type { JsonClient } from './json-client.ts';
import type { LedgerWrite } from './ledger.ts';
import type { ReadQuestion } from './peer-message.ts';
import type { ReplicationSettings } from './process-options.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

export interface PassOnParts {
  readonly clock: Clock;
  readonly client: JsonClient;
  readonly token: string;
  readonly settings: ReplicationSettings;
  readonly replication: { urlOf(dataCenter: string): string | null };
}

/** How long to wait before a connection that was refused is tried again. */
const RETRY_MS = 100;

/** Hands requests to the primary's process, exactly one hop: the other side never passes on. */
export class PassOn {
  readonly #parts: PassOnParts;

  constructor(parts: PassOnParts) {
    this.#parts = parts;
  }

  /**
   * An attempt without an answer is repeated within `passOnMs`: the entry's id makes that harmless (the client may get 200
   * where the lost answer said 201). If none was answered, the outcome is unknown unless provably nothing was sent.
   */
  async write(write: LedgerWrite, primary: string): Promise<Answer> {
    const { clock, settings } = this.#parts;
    const url = this.#parts.replication.urlOf(primary);
    if (url === null) return errorAnswer('PRIMARY_UNREACHABLE', `no process of data center ${primary} is known here`);
    const endMs = clock.monotonicMs() + settings.passOnMs;
    let wasSent = false;
    let reason = '';
    for (let leftMs: number = settings.passOnMs; leftMs > 0; leftMs = endMs - clock.monotonicMs()) {
      const timeoutMs = Math.min(leftMs, settings.passOnAttemptMs);
      const result = await this.#send(`${url}/internal/v1/writes`, { primary, write }, timeoutMs);
      if (result.kind === 'answer') {
        const refusal = wasSent ? 'OUTCOME_UNKNOWN' : 'PRIMARY_UNREACHABLE';
        return answerIn(result.body) ?? errorAnswer(refusal, `the process of ${primary} answered ${result.status}`);
      }
      wasSent ||= result.sent;
      reason = result.reason;
      await this.#pause(Math.min(RETRY_MS, endMs - clock.monotonicMs()));
    }
    return errorAnswer(wasSent ? 'OUTCOME_UNKNOWN' : 'PRIMARY_UNREACHABLE', `data center ${primary}: ${reason}`);
  }

  /** One attempt; null: no answer. */
  async read(question: ReadQuestion, primary: string): Promise<Answer | null> {
    const url = this.#parts.replication.urlOf(primary);
    if (url === null) return null;
    const result = await this.#send(`${url}/internal/v1/reads`, question, this.#parts.settings.passOnAttemptMs);
    return result.kind === 'answer' ? answerIn(result.body) : null;
  }

  #send(url: string, body: unknown, timeoutMs: number) {
    return this.#parts.client.send({ method: 'POST', url, token: this.#parts.token, body, timeoutMs });
  }

  #pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => this.#parts.clock.setTimer(ms, resolve));
  }
}

/** The answer that the other process wrapped, null if this is none. */
function answerIn(body: unknown): Answer | null {
  if (typeof body !== 'object' || body === null) return null;
  const { status, body: inner } = body as Readonly<Record<string, unknown>>;
  return typeof status === 'number' && status >= 200 && status <= 599 ? { status, body: inner } : null;
}
