import type { JSONWebKeySet } from 'jose';

/** Where the text of a key set comes from; the adapters are https-key-source.ts and file-key-source.ts. */
export interface KeySource {
  /**
   * Reads it once, no more than the source's limit of bytes; rejects with a plain reason on any fault. The caller
   * limits the time and says so through `signal`.
   */
  read(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** A key set that stands in the settings. */
export function inlineKeySource(jwks: JSONWebKeySet): KeySource {
  const text = JSON.stringify(jwks);
  return { read: async () => text, close: async () => {} };
}
