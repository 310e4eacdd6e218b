import type {
  FreezeAllAnswer,
  FreezeAllCall,
  OperationView,
  PlanAnswer,
  PlanCall,
  StartAnswer,
  StartCall,
  WishCall,
} from '../control/api-types.ts';
import { CodedError } from '../errors.ts';
import type { CliEnvironment } from './cli-environment.ts';
import type { ChangeCall, ControlClient } from './control-client.ts';

const CHANGE: ChangeCall = { unknown: 'OPERATION_UNKNOWN' };

/** The calls of the control API about operations, each once. */
export const operationCalls = {
  plan: (client: ControlClient, call: PlanCall): Promise<PlanAnswer> => client.post('/v1/plans', call),
  get: (client: ControlClient, id: string): Promise<OperationView> => client.get(operationPath(id)),
  abort: (client: ControlClient, id: string, wish: WishCall): Promise<OperationView> =>
    client.post(`${operationPath(id)}/abort`, wish, CHANGE),
  acceptDataLoss: (client: ControlClient, id: string, wish: WishCall): Promise<OperationView> =>
    client.post(`${operationPath(id)}/accept-data-loss`, wish, CHANGE),
  freezeAll: (client: ControlClient, call: FreezeAllCall): Promise<FreezeAllAnswer> =>
    client.put('/v1/freeze-all', call, CHANGE),
} as const;

/** How often a start whose answer was lost is sent again, and how long before. */
const RESENDS = 4;
const RESEND_MS = 500;

/**
 * Starts an operation. Carried out once per key however often it is sent, so a lost answer is asked for again: who does not know
 * whether it began cannot do anything sensible. Throws OPERATION_UNKNOWN if no control node could tell for a while.
 */
export async function startOperation(
  env: CliEnvironment,
  client: ControlClient,
  call: StartCall,
): Promise<StartAnswer> {
  const change = { ...CHANGE, idempotencyKey: env.randomId() };
  const never = new AbortController().signal;
  for (let resend = 0; ; resend += 1) {
    try {
      return await client.post<StartAnswer>('/v1/operations', call, change);
    } catch (error) {
      const isLost = error instanceof CodedError && error.code === 'OPERATION_UNKNOWN';
      if (!isLost || resend === RESENDS) throw error;
      await env.wait(RESEND_MS, never);
    }
  }
}

export function operationPath(id: string): string {
  return `/v1/operations/${encodeURIComponent(id)}`;
}
