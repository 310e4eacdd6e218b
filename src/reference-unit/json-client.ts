import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../core/clock.ts';

export type JsonResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  /** `sent: false`: provably nothing reached the other side. */
  | { readonly kind: 'failed'; readonly sent: boolean; readonly reason: string };

export interface JsonCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token: string;
  /** undefined: no body. */
  readonly body?: unknown;
  /** The whole call, connecting included. */
  readonly timeoutMs: number;
}

/** Larger answers are cut off and count as failed. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * JSON over HTTP to the processes of other data centers and to gateways: bounded in time, answer and connections; never
 * rejects. Adapter: it opens sockets.
 */
export class JsonClient {
  readonly #clock: Clock;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  /** `ca`: PEM of the authorities accepted for https, null for the system's. */
  constructor(clock: Clock, ca: string | null = null) {
    this.#clock = clock;
    const options = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8 };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent(ca === null ? options : { ...options, ca });
  }

  send(call: JsonCall): Promise<JsonResult> {
    return new Promise((resolve) => {
      let sent = false;
      let request: ClientRequest;
      const fail = (error: unknown): void => {
        timer.cancel();
        resolve({ kind: 'failed', sent, reason: error instanceof Error ? reasonOf(error) : String(error) });
      };
      const timer = this.#clock.setTimer(call.timeoutMs, () => {
        fail(`no answer within ${call.timeoutMs} ms`);
        request?.destroy();
      });
      try {
        request = this.#begin(call);
      } catch (error) {
        fail(error);
        return;
      }
      request.on('socket', (socket) => {
        if (!socket.connecting) sent = true;
        else socket.once('connect', () => (sent = true));
      });
      request.on('error', fail);
      request.on('response', (response) =>
        readJson(response).then((body) => {
          timer.cancel();
          resolve({ kind: 'answer', status: response.statusCode ?? 0, body });
        }, fail),
      );
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #begin(call: JsonCall): ClientRequest {
    const secure = call.url.startsWith('https:');
    const text = call.body === undefined ? null : JSON.stringify(call.body);
    const headers: Record<string, string | number> = {
      authorization: `Bearer ${call.token}`,
      accept: 'application/json',
    };
    if (text !== null) headers['content-type'] = 'application/json';
    if (text !== null) headers['content-length'] = Buffer.byteLength(text);
    const request = secure
      ? httpsRequest(call.url, { method: call.method, headers, agent: this.#https })
      : httpRequest(call.url, { method: call.method, headers, agent: this.#http });
    request.end(text ?? undefined);
    return request;
  }
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return error.message === '' ? code || error.name : error.message;
}

/** The answer's JSON; null for an empty body. */
async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  return text === '' ? null : JSON.parse(text);
}
