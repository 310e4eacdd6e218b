import type { UpstreamFailure, UpstreamLimits } from '../upstream.ts';

/** Where an exchange stood when its time limit ran out. */
export interface ExpiredExchange {
  readonly limits: UpstreamLimits;
  /** The limit of an upgraded connection; null if it is none. */
  readonly tunnelIdleMs: number | null;
  readonly connected: boolean;
  /** The head was written; false although connected: undici waits for the first byte of the body. */
  readonly written: boolean;
  /** The whole request was written. */
  readonly sent: boolean;
  readonly answered: boolean;
  /** Body bytes lie here that the instance does not take. */
  readonly bodyWaits: boolean;
}

/** Which limit it was, and so whose silence: of the instance, or of the client that sends the body. */
export function expiryFailure(exchange: ExpiredExchange): UpstreamFailure {
  const { connectMs, responseHeadMs, bodyIdleMs } = exchange.limits;
  const executed = exchange.written ? 'unknown' : 'no';
  if (exchange.tunnelIdleMs !== null) {
    return {
      code: 'RESPONSE_STALLED',
      executed,
      detail: `silent for ${exchange.tunnelIdleMs} ms (cells.tunnelIdleMs)`,
    };
  }
  if (!exchange.connected) {
    return { code: 'CONNECT_TIMEOUT', executed, detail: `no connection within ${connectMs} ms (timeouts.connectMs)` };
  }
  if (exchange.answered) {
    return {
      code: 'RESPONSE_STALLED',
      executed,
      detail: `no byte of the answer for ${bodyIdleMs} ms (timeouts.bodyIdleMs)`,
    };
  }
  if (exchange.sent) {
    return {
      code: 'RESPONSE_TIMEOUT',
      executed,
      detail: `no answer within ${responseHeadMs} ms (timeouts.responseHeadMs)`,
    };
  }
  if (exchange.bodyWaits) {
    return {
      code: 'RESPONSE_TIMEOUT',
      executed,
      detail: `no byte of the body taken for ${bodyIdleMs} ms (timeouts.bodyIdleMs)`,
    };
  }
  return {
    code: 'BODY_TIMEOUT',
    executed,
    detail: `no byte of the request’s body for ${bodyIdleMs} ms (timeouts.bodyIdleMs)`,
  };
}
