import type { HeaderList } from '../upstream.ts';

/** What identification looks at in a request; nothing decoded, nothing merged. A checked head has these, but for the path. */
export interface RequestHeadView {
  /** The path that routing matched on, still percent-encoded; starts with a slash, or is `*`. */
  readonly path: string;
  /** What follows the first `?`, as received; null when there is none. */
  readonly query: string | null;
  /** Field lines as received: [name, value, name, value, …]; latin1 strings. */
  readonly headers: HeaderList;
}
