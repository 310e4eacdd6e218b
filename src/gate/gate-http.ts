import { Agent, request } from 'undici';
import type { GateReply, GateSend } from './gate-client.ts';
import { GATE_LIMITS } from './gate-contract.ts';

/** Errors before a connection stands: nothing can have arrived. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface GateHttp {
  readonly send: GateSend;
  /** Ends connections; calls in flight fail. */
  close(): Promise<void>;
}

/** Adapter: calls of gates over HTTP or HTTPS. `ca`: PEM of the accepted authorities, null for the system's. */
export function openGateHttp(ca: string | null): GateHttp {
  const agent = new Agent({
    connect: { timeout: 5_000, ...(ca === null ? {} : { ca }) },
    maxResponseSize: GATE_LIMITS.bytes,
    pipelining: 1,
    connections: 16,
    keepAliveTimeout: 4_000,
  });
  const send: GateSend = async ({ url, method, headers, body, timeoutMs }): Promise<GateReply> => {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await request(url, { method, headers, body, signal, dispatcher: agent });
      return { kind: 'answer', status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      return failure(error as Error, timeoutMs);
    }
  };
  return { send, close: () => agent.destroy() };
}

function failure(error: Error, timeoutMs: number): GateReply {
  const { code, errors } = error as { code?: unknown; errors?: readonly { readonly code?: unknown }[] };
  const found = String(code ?? errors?.[0]?.code ?? '');
  const detail =
    error.name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : `${error.message} ${found}`.trim();
  return { kind: 'failed', maySent: !BEFORE_SENDING.has(found), detail };
}
