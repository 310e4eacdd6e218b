import type { ClientHandle } from './downstream.ts';
import type { HeaderList } from './upstream.ts';

/** Handle of a request that was refused: whatever the client still does concerns nobody. */
export const REFUSED: ClientHandle = {
  write: () => true,
  endBody: () => undefined,
  resume: () => undefined,
  abandon: () => undefined,
};

/** Stands in for an exchange while its identity is looked up; no body is taken before there is one. */
export class Reception implements ClientHandle {
  #handle: ClientHandle | null = null;
  #isAbandoned = false;

  get isAbandoned(): boolean {
    return this.#isAbandoned;
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

  abandon(): void {
    this.#isAbandoned = true;
    this.#handle?.abandon();
  }
}
