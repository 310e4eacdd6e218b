import type { CloseCode } from './protocol-violation.ts';

/** How a stream ended, for counters. */
export type StreamOutcome = 'ended' | 'refused' | 'failed' | 'cancelled' | 'lost';

/** The other end of a connection, for metrics and logs: bounded by the number of gateways. */
export interface LinkLabel {
  readonly role: 'edge' | 'guard';
  /** Node name of the peer; `?` before it is known. */
  readonly peer: string;
}

/** What the interlink counts; the metrics of the gateway implement it. Called on hot paths: it must be cheap, never throw. */
export interface InterlinkObserver {
  opened(link: LinkLabel): void;
  /** A connection ended; `LOST`: without a GOAWAY. */
  closed(link: LinkLabel, code: CloseCode | 'LOST', detail: string): void;
  /** A connection was refused before it became one: TLS, certificate, dial. */
  rejected(role: LinkLabel['role'], detail: string): void;
  sent(link: LinkLabel, bytes: number): void;
  received(link: LinkLabel, bytes: number): void;
  roundTrip(link: LinkLabel, ms: number): void;
  streamOpened(link: LinkLabel): void;
  streamClosed(link: LinkLabel, outcome: StreamOutcome): void;
  /** A bug on our side, caught: the connection on which it happened is closed. */
  failed(link: LinkLabel, error: unknown): void;
}
