import type { ClientHabits } from '../scenario/scenario.ts';
import type { DoorCall, Try } from './doors.ts';

export interface ClientRequest {
  /** Data centers whose doors are tried, beginning with the first. */
  readonly doors: readonly string[];
  readonly call: Omit<DoorCall, 'dataCenter' | 'timeoutMs'>;
}

export interface ClientEnd {
  readonly isGood: boolean;
  /** Of the last try. */
  readonly dataCenter: string;
  readonly retries: number;
  /** IDs that the gateways gave to the tries that they answered. */
  readonly requestIds: readonly string[];
  readonly detail: string;
  readonly body: string;
}

export interface ClientParts {
  readonly habits: ClientHabits;
  call(call: DoorCall): Promise<Try>;
  wait(ms: number): Promise<void>;
}

/** Not executed, unknown, or too much at the moment: the same door is asked again. */
const ASK_AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** One request with the habits of a careful client: another door if one is silent, the same ID every time, a bounded number of tries. */
export async function clientRequest(
  { doors, call }: ClientRequest,
  { habits, ...parts }: ClientParts,
): Promise<ClientEnd> {
  const requestIds: string[] = [];
  let door = 0;
  for (let retries = 0; ; retries += 1) {
    const dataCenter = doors[door % doors.length] ?? '';
    const tried = await parts.call({ ...call, dataCenter, timeoutMs: habits.timeoutMs });
    if (tried.kind === 'answer') requestIds.push(tried.requestId);
    const isGood = tried.kind === 'answer' && tried.status >= 200 && tried.status < 300;
    const mayAskAgain = tried.kind === 'none' || ASK_AGAIN.has(tried.status);
    if (isGood || !mayAskAgain || retries >= habits.retries) {
      const body = tried.kind === 'answer' ? tried.body : '';
      return { isGood, dataCenter, retries, requestIds, body, detail: isGood ? '' : detailOf(tried) };
    }
    if (tried.kind === 'none') door += 1;
    const asked = tried.kind === 'answer' ? tried.retryAfterMs : null;
    await parts.wait(Math.min(habits.retryMs, asked ?? habits.retryMs));
  }
}

/** `503 STORE_LOST`; the codes are short and the same for many, so that they can be counted. */
function detailOf(tried: Try): string {
  if (tried.kind === 'none') return tried.detail;
  const code = /"code":\s*"([A-Z0-9_]+)"/.exec(tried.body)?.[1] ?? '';
  return `${tried.status} ${code}`.trim();
}
