import type { ErrorCode } from '../errors.ts';
import type { ClientHandle } from './downstream.ts';
import type { HeaderList } from './upstream.ts';

/** Handle of a request that was refused: whatever the client still does concerns nobody. */
export const REFUSED: ClientHandle = {
  write: () => true,
  endBody: () => undefined,
  resume: () => undefined,
  fail: () => undefined,
  abandon: () => undefined,
};

/** Stands in for an exchange while its identity is looked up; no body is taken before there is one. */
export class Reception implements ClientHandle {
  #handle: ClientHandle | null = null;
  #ending: { readonly code: ErrorCode; readonly detail: string } | null = null;

  /** Why there will be no exchange: the client left, or broke a rule, meanwhile. */
  get ending(): { readonly code: ErrorCode; readonly detail: string } | null {
    return this.#ending;
  }

  follow(handle: ClientHandle): void {
    this.#handle = handle;
  }

  write(chunk: Uint8Array): boolean {
    return this.#handle?.write(chunk) ?? true;
  }

  endBody(trailers?: HeaderList): void {
    this.#handle?.endBody(trailers);
  }

  resume(): void {
    this.#handle?.resume();
  }

  fail(code: ErrorCode, detail: string): void {
    this.#ending ??= { code, detail };
    this.#handle?.fail(code, detail);
  }

  abandon(): void {
    const detail = 'the client closed the connection during the look-up of its identity';
    // Nobody is left to be told what was wrong before.
    this.#ending = { code: 'CLIENT_GONE', detail };
    this.#handle?.abandon();
  }
}
