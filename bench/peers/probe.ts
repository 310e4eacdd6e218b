import { Agent, request } from 'undici';
import { eventually } from '../../test/support/eventually.ts';

/** A door has this long to serve after its start. */
const READY_MS = 30_000;

export interface ProbePlan {
  readonly url: string;
  /** User IDs, and the unit whose cell must answer each. */
  readonly users: Readonly<Record<string, string>>;
  readonly isLogged: boolean;
  /** The door's process is gone: there is nothing to wait for. */
  hasEnded(): boolean;
}

/**
 * Sees to it that a door does the work that is compared: each user reaches the right unit's cell, with the headers that all doors
 * add. Throws with what is missing.
 */
export async function probe({ url, users, isLogged, hasEnded }: ProbePlan): Promise<void> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  const ask = async (user: string) => {
    const answer = await request(`${url}/probe`, {
      dispatcher: agent,
      headers: { 'x-user-id': user, host: 'localhost' },
    });
    return { ...answer, text: await answer.body.text() };
  };
  try {
    for (const [user, unit] of Object.entries(users)) {
      const answer = await eventually(
        `${url} serves ${user}`,
        async () => (hasEnded() ? 'ended' : await okOf(ask(user))),
        READY_MS,
      );
      if (answer === 'ended') throw new Error('the door ended');
      if (answer.headers['x-unit'] !== unit)
        throw new Error(`${user} reached ${answer.headers['x-unit']}, not ${unit}`);
      checkHeaders(String(answer.headers['x-saw']), user, unit, isLogged);
    }
  } finally {
    await agent.close();
  }
}

async function okOf<T extends { readonly statusCode: number; readonly text: string }>(answer: Promise<T>): Promise<T> {
  const got = await answer;
  if (got.statusCode !== 200) throw new Error(`status ${got.statusCode}: ${got.text}`);
  return got;
}

function checkHeaders(saw: string, user: string, unit: string, isLogged: boolean): void {
  const [ldcUnit, shard, ldcUser, forwardedFor, forwarded, requestId, trace] = saw.split('|');
  const expected = [
    ldcUnit === unit,
    Number(shard) === Number(user.slice(-2)),
    ldcUser === user,
    forwardedFor,
    forwarded,
  ];
  const logged = isLogged ? [requestId, trace] : [];
  if (![...expected, ...logged].every(Boolean)) throw new Error(`not all headers reached the cell: ${saw}`);
}
