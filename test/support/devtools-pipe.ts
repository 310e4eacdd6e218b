import type { Readable, Writable } from 'node:stream';

export type DevtoolsEvent = { readonly method: string; readonly params: Readonly<Record<string, unknown>> };

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Pending {
  readonly method: string;
  resolve(result: Readonly<Record<string, unknown>>): void;
  reject(error: Error): void;
}

const CALL_LIMIT_MS = 45_000;

/** The DevTools protocol over `--remote-debugging-pipe`: JSON, each message ended by a zero byte. No port, so nobody else can reach it. */
export class DevtoolsPipe {
  readonly #to: Writable;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, (event: DevtoolsEvent) => void>();
  #ids = 0;
  #rest = '';
  #ended: Error | null = null;

  constructor(to: Writable, from: Readable) {
    this.#to = to;
    from.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    for (const stream of [to, from]) stream.on('error', (error: Error) => this.end(error.message));
    from.on('end', () => this.end('it closed its pipe'));
  }

  /** Events of one session; one listener each. */
  listen(sessionId: string, listener: (event: DevtoolsEvent) => void): void {
    this.#listeners.set(sessionId, listener);
  }

  /** Rejects with the browser's own words, after a bounded time, or when the browser has ended. */
  call(
    method: string,
    params: Readonly<Record<string, unknown>>,
    sessionId?: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new Error(`${method}: no answer within ${CALL_LIMIT_MS} ms`)),
        CALL_LIMIT_MS,
      );
      this.#pending.set(id, {
        method,
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** The browser is gone: nothing will be answered any more. */
  end(why: string): void {
    this.#ended ??= new Error(`the browser has ended: ${why}`);
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#ended);
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) this.#saw(JSON.parse(message) as Message);
  }

  #saw({ id, sessionId, method, params, result, error }: Message): void {
    if (id === undefined) {
      if (method !== undefined) this.#listeners.get(sessionId ?? '')?.({ method, params: params ?? {} });
      return;
    }
    const pending = this.#settle(id);
    if (error === undefined) pending?.resolve(result ?? {});
    else pending?.reject(new Error(`${pending.method}: ${error.message}`));
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
