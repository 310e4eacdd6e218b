import { NOTHING } from './occurrence.ts';
import type { RequestHeadView } from './request-head-view.ts';
import { scanCookies } from './scan-cookies.ts';
import { compileHeaderScan } from './scan-headers.ts';
import { scanQuery } from './scan-query.ts';
import type { ScannedHead } from './source-reader.ts';

/** Gathers at compile time which names a route's sources want, so that a request's head is scanned once for all of them. */
export class HeadPlan {
  readonly #headers: string[] = [];
  readonly #cookies: string[] = [];
  readonly #query: string[] = [];

  /** Index of the header in ScannedHead.headers. */
  header(name: string): number {
    return indexIn(this.#headers, name.toLowerCase());
  }

  cookie(name: string): number {
    return indexIn(this.#cookies, name);
  }

  query(name: string): number {
    return indexIn(this.#query, name);
  }

  /** The scan for all names that were asked for until now. */
  compile(): (head: RequestHeadView, peerIsTrusted: boolean) => ScannedHead {
    const cookieNames = [...this.#cookies];
    const queryNames = [...this.#query];
    const scanHeaders = compileHeaderScan([...this.#headers], cookieNames.length > 0);
    return (head, peerIsTrusted) => {
      const { wanted, cookies } = scanHeaders(head.headers);
      return {
        head,
        peerIsTrusted,
        headers: wanted,
        cookies: cookieNames.length === 0 ? NOTHING : scanCookies(cookies, cookieNames),
        query: head.query === null || queryNames.length === 0 ? NOTHING : scanQuery(head.query, queryNames),
      };
    };
  }
}

function indexIn(names: string[], name: string): number {
  const index = names.indexOf(name);
  return index === -1 ? names.push(name) - 1 : index;
}
