import { readFileSync, writeFileSync } from 'node:fs';
import type { ApplyAnswer, DiffAnswer, RulesetAnswer } from '../../control/api-types.ts';
import { CodedError } from '../../errors.ts';
import { REFERENCE_RULES } from './fleet-options.ts';

/** Longest wait for a control node's answer, ms. */
const CALL_MS = 15_000;

/** The control API as the fleet needs it at its start. */
export class FleetControl {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /**
   * Sees to it that a ruleset runs: the given one; else what runs already; else the reference. Writes the text that runs to
   * `copy`, for the cells. Throws CONFIG_INVALID with the control node's words if it refuses.
   */
  async ensureRules(given: string | null, copy: string): Promise<void> {
    const running = await this.#get<RulesetAnswer>('/v1/rules/show');
    if (given !== null || running === null) await this.#apply(given ?? REFERENCE_RULES);
    const shown = await this.#get<RulesetAnswer>('/v1/rules/show');
    if (shown === null) throw new CodedError('CONFIG_INVALID', 'the applied ruleset is not there');
    writeFileSync(copy, shown.text);
  }

  async #apply(file: string): Promise<void> {
    const rules = { text: readFileSync(file, 'utf8'), file };
    const { plannedOnEpoch, incarnation } = await this.#post<DiffAnswer>('/v1/rules/diff', rules);
    await this.#post<ApplyAnswer>('/v1/rules/apply', {
      ...rules,
      plannedOnEpoch,
      incarnation,
      reason: 'start of the fleet',
    });
  }

  /** Null: there is none. */
  async #get<T>(path: string): Promise<T | null> {
    const response = await this.#call(path, {});
    if (response.status === 404) {
      await response.body?.cancel();
      return null;
    }
    return this.#answerOf<T>(response);
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#answerOf<T>(await this.#call(path, { method: 'POST', headers, body: JSON.stringify(body) }));
  }

  #call(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#token}` };
    return fetch(this.#url + path, { ...init, headers, signal: AbortSignal.timeout(CALL_MS) });
  }

  async #answerOf<T>(response: Response): Promise<T> {
    const text = await response.text();
    if (!response.ok) throw new CodedError('CONFIG_INVALID', `control answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
