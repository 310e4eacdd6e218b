import type { OperationsAnswer, StatusAnswer, TableAnswer } from '../../src/control/api-types.ts';

const CALL_MS = 3_000;

/** Reads of the control API by a drill; any node that answers. Adapter: opens sockets. */
export class ControlLook {
  readonly #urls: readonly string[];
  readonly #token: string;
  #preferred = 0;

  constructor(urls: readonly string[], token: string) {
    this.#urls = urls;
    this.#token = token;
  }

  operations(): Promise<OperationsAnswer | null> {
    return this.#get('/v1/operations');
  }

  table(): Promise<TableAnswer | null> {
    return this.#get('/v1/table');
  }

  status(): Promise<StatusAnswer | null> {
    return this.#get('/v1/status');
  }

  /** Null: no node answers. */
  async #get<Answer>(path: string): Promise<Answer | null> {
    for (let tries = 0; tries < this.#urls.length; tries += 1) {
      const answer = await this.#getFrom<Answer>(this.#urls[this.#preferred] ?? '', path);
      if (answer !== null) return answer;
      this.#preferred = (this.#preferred + 1) % this.#urls.length;
    }
    return null;
  }

  async #getFrom<Answer>(url: string, path: string): Promise<Answer | null> {
    try {
      const headers = { authorization: `Bearer ${this.#token}` };
      const response = await fetch(url + path, { headers, signal: AbortSignal.timeout(CALL_MS) });
      const text = await response.text();
      return response.ok ? (JSON.parse(text) as Answer) : null;
    } catch {
      return null;
    }
  }
}

/** Epoch of the table that a gateway runs, by its admin port; null: it does not answer or has none. */
export async function runningEpoch(adminPort: number): Promise<number | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${adminPort}/v1/status`, { signal: AbortSignal.timeout(CALL_MS) });
    const { table } = (await response.json()) as { readonly table: { readonly epoch: number } | null };
    return table?.epoch ?? null;
  } catch {
    return null;
  }
}
