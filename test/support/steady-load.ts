import { Agent, request } from 'node:http';

export interface LoadRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What became of one request; instants on the clock of `performance.now()`. */
export interface LoadAnswer {
  readonly request: LoadRequest;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Null: there was no whole answer; `text` says why. */
  readonly status: number | null;
  /** The first characters of the answer's body. */
  readonly text: string;
  readonly retryAfter: string | null;
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

type Ending = Pick<LoadAnswer, 'status' | 'text' | 'retryAfter'>;

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
  readonly #answered: (answer: LoadAnswer) => void;
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

  constructor(
    next: (n: number) => LoadRequest,
    perSecond = 500,
    answered: (answer: LoadAnswer) => void = () => undefined,
  ) {
    this.#next = next;
    this.#perSecond = perSecond;
    this.#answered = answered;
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

  async #call(load: LoadRequest): Promise<void> {
    const { url, method = 'GET' } = load;
    const sentAt = performance.now();
    const { status, text, retryAfter } = await this.#exchange(load);
    this.#answered({ request: load, sentAt, answeredAt: performance.now(), status, text, retryAfter });
    if (isGood(status)) {
      this.#good += 1;
      if (method !== 'GET') this.#writes += 1;
    } else {
      const what = `${method} ${url}: ${status === null ? text : `${status} ${text}`}`;
      this.#failures.push({ atMs: Math.round(sentAt - this.#startedAt), what });
    }
  }

  #exchange({ url, method = 'GET', headers = {}, body }: LoadRequest): Promise<Ending> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve) => {
      const broke = (error: Error): void => resolve({ status: null, text: error.message, retryAfter: null });
      const call = request(url, { method, agent: this.#agent, headers: { ...headers, ...length } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text = (text + chunk).slice(0, 300);
        });
        const retryAfter = response.headers['retry-after'] ?? null;
        response.once('end', () => resolve({ status: response.statusCode ?? null, text, retryAfter }));
        response.once('error', broke);
      });
      call.setTimeout(ANSWER_LIMIT_MS, () => void call.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
      call.once('error', broke);
      call.end(body);
    });
  }
}

function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
