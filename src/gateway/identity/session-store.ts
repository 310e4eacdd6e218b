/** Where sessions are looked up; redis-session-store.ts is the adapter. */
export interface SessionStore {
  /** The value under `key`, or null if there is none. Rejects when the store cannot say; the caller limits the time. */
  get(key: string): Promise<string | null>;
  close(): Promise<void>;
}
