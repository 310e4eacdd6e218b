import type { HeaderList } from '../header-list.ts';
import type { HeaderKind } from './header-kind.ts';

/** A cell's answer that keeps the rules; only `checkAnswer` makes one. */
export interface Answer {
  readonly ok: true;
  readonly status: number;
  readonly headers: HeaderList;
  /** The same as they stood on the wire, where each line is `name: value` with nothing more; else not there. */
  readonly lines?: string | undefined;
  /** `close`: the body ends with the connection (RFC 9112 §6.3); the lane re-frames it as chunked. */
  readonly framing: 'none' | 'chunked' | 'close' | number;
  /** Content-Length of an answer without a body (HEAD, 304): it tells a size and is sent on; else null. */
  readonly declaredLength: number | null;
  /** The connection to the cell may be used again. */
  readonly keepAlive: boolean;
  readonly connectionNames: readonly string[];
  /** The kind of each field, in order. */
  readonly kinds: readonly HeaderKind[];
}
