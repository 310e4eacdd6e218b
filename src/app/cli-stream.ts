import { Agent, type Dispatcher, request } from 'undici';
import type { CliStreamCall, CliStreamEnd } from '../cli/cli-environment.ts';

/** A host that drops packets should cost less than the whole time limit: the next one may answer. */
export const CONNECT_MS = 5_000;
/** Of an answer that is a refusal and no stream. */
const REFUSAL_BYTES = 1024 * 1024;

/**
 * Reads one stream on a connection of its own. Bounded by time: the head comes within `headMs`, and no silence is longer
 * than `silenceMs`. It never waits for the reader, who must be done with a piece when `onText` returns.
 */
export async function readStream(call: CliStreamCall): Promise<CliStreamEnd> {
  const { url, headers, ca, headMs } = call;
  const limit = new SilenceLimit(call.stop);
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_MS, headMs / 2), ...(ca === null ? {} : { ca }) },
    // The limits are kept here; undici's own are coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 0,
  });
  try {
    limit.start(headMs, `no answer within ${headMs} ms`);
    const answer = await request(url, { method: 'GET', headers, signal: limit.signal, dispatcher: agent });
    const isStream = answer.statusCode === 200 && mediaType(answer.headers) === 'text/event-stream';
    if (isStream) return await readPieces(call, answer.body, limit);
    return { kind: 'answer', status: answer.statusCode, text: await readRefusal(answer.body) };
  } catch (error) {
    return endOf(call, limit, 'failed', error as Error);
  } finally {
    limit.end();
    await agent.destroy();
  }
}

async function readPieces(
  call: CliStreamCall,
  body: Dispatcher.ResponseData['body'],
  limit: SilenceLimit,
): Promise<CliStreamEnd> {
  const { silenceMs, onText } = call;
  const silence = `silent for ${silenceMs} ms`;
  limit.start(silenceMs, silence);
  try {
    body.setEncoding('utf8');
    for await (const text of body) {
      limit.start(silenceMs, silence);
      onText(text);
    }
    return { kind: 'ended', detail: 'the stream ended' };
  } catch (error) {
    return endOf(call, limit, 'ended', error as Error);
  }
}

async function readRefusal(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = '';
  body.setEncoding('utf8');
  for await (const piece of body) {
    text += piece;
    if (text.length > REFUSAL_BYTES) break;
  }
  return text;
}

function endOf({ stop }: CliStreamCall, limit: SilenceLimit, kind: 'ended' | 'failed', error: Error): CliStreamEnd {
  if (stop.aborted) return { kind: 'stopped' };
  return { kind, detail: limit.passed ?? `${error.message} ${codeOf(error)}`.trim() };
}

function mediaType(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return (
    String(headers['content-type'] ?? '')
      .split(';', 1)[0]
      ?.trim()
      .toLowerCase() ?? ''
  );
}

/** A text such as ECONNREFUSED; happy eyeballs wrap one per address, and a DOMException's code is a number. */
export function codeOf(error: Error): string {
  const { code, errors } = error as {
    readonly code?: unknown;
    readonly errors?: readonly { readonly code?: unknown }[];
  };
  const found = code ?? errors?.[0]?.code;
  return typeof found === 'string' ? found : '';
}

/** Aborts after a time in which nothing came, or when somebody else wants the end. */
class SilenceLimit {
  /** What was waited for in vain; null: nothing. */
  passed: string | null = null;
  readonly #controller = new AbortController();
  readonly #stop: AbortSignal;
  readonly #onStop = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | null = null;

  constructor(stop: AbortSignal) {
    this.#stop = stop;
    if (stop.aborted) this.#controller.abort();
    stop.addEventListener('abort', this.#onStop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  start(ms: number, detail: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.passed = detail;
      this.#controller.abort();
    }, ms);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.#onStop);
  }
}
