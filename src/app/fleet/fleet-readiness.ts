import type { GatewayPlace } from './fleet-layout.ts';

const LOOK_MS = 50;
const CALL_MS = 2_000;

interface GatewayStatus {
  readonly table: object | null;
  readonly unavailableCells: readonly string[];
}

/**
 * Waits until every gateway has a table and can reach every cell of the realm. Throws with what is still missing when the
 * time is up, or `signal` has fired.
 */
export async function allReady(
  gateways: readonly GatewayPlace[],
  limitMs: number,
  signal: AbortSignal | null = null,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  const isOver = (): boolean => signal?.aborted === true || performance.now() >= deadline;
  await Promise.all(gateways.map((gateway) => oneReady(gateway, isOver)));
}

async function oneReady({ node, admin }: GatewayPlace, isOver: () => boolean): Promise<void> {
  let missing = 'no answer';
  while (!isOver()) {
    missing = await whatIsMissing(admin);
    if (missing === '') return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`${node} is not ready: ${missing}`);
}

async function whatIsMissing(admin: number): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${admin}/v1/status`, { signal: AbortSignal.timeout(CALL_MS) });
    const { table, unavailableCells } = (await response.json()) as GatewayStatus;
    if (table === null) return 'it has no table';
    return unavailableCells.length === 0 ? '' : `it cannot reach ${unavailableCells.join(', ')}`;
  } catch (error) {
    return (error as Error).message;
  }
}
