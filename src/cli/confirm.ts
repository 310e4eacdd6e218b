import type { CliEnvironment } from './cli-environment.ts';

/** Only a clear yes is one. */
export async function isConfirmed(env: CliEnvironment, question: string): Promise<boolean> {
  const answer = await env.ask(question);
  return answer !== null && /^y(es)?$/i.test(answer.trim());
}
