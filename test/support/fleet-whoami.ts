/** The reference unit's answer to `GET /whoami`. */
export interface Whoami {
  readonly userId: string;
  readonly shard: string;
  readonly unit: string;
  readonly cell: string;
  readonly dataCenter: string;
  readonly epoch: number;
}

const LIMIT_MS = 20_000;

/** Asks a door who serves a user: by the header `x-user-id`, or by other headers. Throws for anything but 200. */
export async function whoami(door: string, user: string | Readonly<Record<string, string>>): Promise<Whoami> {
  const headers = typeof user === 'string' ? { 'x-user-id': user } : user;
  const response = await fetch(`${door}/whoami`, { headers, signal: AbortSignal.timeout(LIMIT_MS) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${door} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Whoami;
}
