import type { ShardId } from '../core/ids.ts';
import type { RouteDocument } from '../core/topology-document.ts';
import type { HeaderList, UpstreamRequest } from './upstream.ts';

export type Lane = 'general' | 'fast';

/** What is known of every request, however it ends. */
export interface RequestFacts {
  readonly lane: Lane;
  readonly requestId: string;
  readonly traceId: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly clientAddress: string;
  readonly isSecure: boolean;
}

/** What the pipeline worked out about a request before it is sent anywhere; nothing in it depends on a table's epoch. */
export interface RequestPlan extends RequestFacts {
  /** The bytes that routing matched on; they are forwarded. */
  readonly target: string;
  /** End-to-end headers, with those that the edge adds. */
  readonly headers: HeaderList;
  /** The same as field lines; made of `headers` where it is not there. */
  readonly lines?: string | undefined;
  /** Lower-case names of identity headers: they may not come again as trailers. */
  readonly guarded: ReadonlySet<string>;
  readonly body: UpstreamRequest['body'];
  readonly upgrade: string | null;
  /** A read: safe method (RFC 9110 §9.2.1), no upgrade, and the route does not ask for strictness. */
  readonly isSafe: boolean;
  readonly route: RouteDocument;
  /** Null: a C request, routed by the edge's place. */
  readonly shard: ShardId | null;
  /** Hash by which a cell is chosen. */
  readonly cellHash: number;
  /** For people: first and last characters only. */
  readonly maskedUserId: string | null;
}
