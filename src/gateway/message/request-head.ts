import type { HeaderList } from '../upstream.ts';
import type { HeaderKind } from './header-kind.ts';

/** What a lane read off a connection, before any rule was applied. Strings are latin1: one character is one byte. */
export interface ReceivedHead {
  readonly method: string;
  /** The request target exactly as received. */
  readonly target: string;
  /** `1.1` of `HTTP/1.1`. */
  readonly httpVersion: string;
  /** Flat [name, value, …] in the order and case received; values without the white space around them. */
  readonly headers: HeaderList;
  /** The same as they stood on the wire, where each line is `name: value` with nothing more; else not there. */
  readonly lines?: string | undefined;
  /** All names are tokens, and no value holds a control character: whoever read it has looked. Default: nobody has. */
  readonly isClean?: boolean;
  /** The other end of the connection; the PROXY protocol's source where the listener uses it. */
  readonly remoteAddress: string;
  /** The client's connection is TLS. */
  readonly secure: boolean;
}

/** How long the body is: no body, unknown until its end, or so many bytes (RFC 9112 §6.3). */
export type Framing = 'none' | 'chunked' | number;

/** A head that keeps every rule of docs/message-rules.md; only `checkHead` makes one. */
export interface RequestHead extends ReceivedHead {
  readonly ok: true;
  readonly httpVersion: '1.0' | '1.1';
  /** Path as received, `*` for the asterisk form. Routes are matched on `routePath(path)`, never on this. */
  readonly path: string;
  /** What follows the first `?`, as received; null when there is none. */
  readonly query: string | null;
  /** The value of Host as received: `Shop.Example:8443`. */
  readonly authority: string;
  /** Host for matching: lower case, without port and without a final dot; IPv6 in brackets. */
  readonly host: string;
  readonly framing: Framing;
  /** Protocol that the client asks to change to (`websocket`), in lower case; else null. */
  readonly upgrade: string | null;
  /** The client waits for 100 before it sends the body. The lane answers it, when the head was admitted. */
  readonly expectContinue: boolean;
  /** The client's connection may be used again after this exchange. */
  readonly keepAlive: boolean;
  /** The client sent `TE: trailers`. */
  readonly acceptsTrailers: boolean;
  /** Lower-case names of further fields that `Connection` lists: they end here. */
  readonly connectionNames: readonly string[];
  /** Which kinds of fields there are, by `bitOf`. */
  readonly seen: number;
  /** The kind of each field, in order. */
  readonly kinds: readonly HeaderKind[];
}

/** The target that goes to the cell: the path that routing matched on, and the query as received. */
export function forwardTarget(path: string, query: string | null): string {
  return query === null ? path : `${path}?${query}`;
}
