import { Agent, request } from 'node:http';

export interface LoadRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadFailure {
  /** Ms since the load began. */
  readonly atMs: number;
  readonly what: string;
}

export interface LoadResult {
  readonly sent: number;
  readonly good: number;
  /** Everything that is not a 2xx, resets and time-outs too. */
  readonly failures: readonly LoadFailure[];
  /** Good answers to writes. */
  readonly writes: number;
  /** What was really sent per second. */
  readonly perSecond: number;
}

const TICK_MS = 10;
const ANSWER_LIMIT_MS = 30_000;
/** A machine that is behind is not buried: requests in flight beyond this are not sent at all. */
const MOST_OPEN = 64;
/** More than this in a turn would be a burst, not a steady load: what a busy machine missed is not made up for. */
const MOST_AT_ONCE = 50;

/**
 * Sends requests at a steady rate, whether or not earlier ones were answered (open loop), over kept connections. The rate is
 * what was asked for, up to MOST_OPEN in flight; a machine that is too slow sends fewer, and `perSecond` says how many.
 */
export class SteadyLoad {
  readonly #next: (n: number) => LoadRequest;
  readonly #perSecond: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_OPEN });
  readonly #open = new Set<Promise<void>>();
  readonly #failures: LoadFailure[] = [];
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #owed = 0;
  #lastAt = this.#startedAt;
  #sent = 0;
  #good = 0;
  #writes = 0;

  constructor(next: (n: number) => LoadRequest, perSecond = 500) {
    this.#next = next;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get sent(): number {
    return this.#sent;
  }

  get good(): number {
    return this.#good;
  }

  get failures(): readonly LoadFailure[] {
    return this.#failures;
  }

  get writes(): number {
    return this.#writes;
  }

  /** Sends no more, and waits for what is open. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    await Promise.all(this.#open);
    this.#agent.destroy();
    const perSecond = this.#sent / seconds;
    return { sent: this.#sent, good: this.#good, failures: this.#failures, writes: this.#writes, perSecond };
  }

  #tick(): void {
    const now = performance.now();
    this.#owed = Math.min(this.#owed + ((now - this.#lastAt) * this.#perSecond) / 1000, MOST_AT_ONCE);
    this.#lastAt = now;
    for (; this.#owed >= 1 && this.#open.size < MOST_OPEN; this.#owed -= 1) {
      const call = this.#call(this.#next(this.#sent++));
      this.#open.add(call);
      void call.finally(() => this.#open.delete(call));
    }
  }

  async #call({ url, method = 'GET', headers = {}, body }: LoadRequest): Promise<void> {
    const startedAt = performance.now();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const what = await new Promise<string>((resolve) => {
      const call = request(url, { method, agent: this.#agent, headers: { ...headers, ...length } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text = (text + chunk).slice(0, 300);
        });
        response.once('end', () => resolve(isGood(response.statusCode) ? '' : `${response.statusCode} ${text}`));
        response.once('error', (error) => resolve(error.message));
      });
      call.setTimeout(ANSWER_LIMIT_MS, () => void call.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
      call.once('error', (error) => resolve(error.message));
      call.end(body);
    });
    if (what === '') {
      this.#good += 1;
      if (method !== 'GET') this.#writes += 1;
    } else {
      this.#failures.push({ atMs: Math.round(startedAt - this.#startedAt), what: `${method} ${url}: ${what}` });
    }
  }
}

function isGood(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
