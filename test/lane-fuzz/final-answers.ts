import { parseAnswers, type RawAnswer } from '../support/raw-client.ts';
import type { Reading } from './reading.ts';

/** Stands for answers that cannot be told apart: the lane took a message for another one than the strict reader did. */
const GARBLED: RawAnswer = { status: 0, head: '', body: '', trailers: '', isDelimited: false };

/** Final answers in order. Informational answers are left out: whether 100 comes is a matter of timing. */
export function finalAnswers(received: string, readings: readonly Reading[], isOver: boolean): RawAnswer[] {
  const methods = readings.map((reading) => {
    if (reading.kind === 'served') return reading.message.method;
    return reading.kind === 'unserved' || reading.kind === 'stray' ? reading.method : 'GET';
  });
  const last = readings.at(-1);
  // Nothing is known of what comes behind a stray: its answers cannot be told apart.
  const most = last?.kind === 'stray' ? methods.length : Number.POSITIVE_INFINITY;
  const final = (known: readonly string[]): RawAnswer[] => {
    try {
      return parseAnswers(received, known, isOver, most).filter(({ status }) => status >= 200);
    } catch {
      return [GARBLED];
    }
  };
  const answers = final(methods);
  // A refused HEAD may or may not be known as one when it is refused.
  if (last?.kind !== 'refused' || last.method !== 'HEAD' || !isOver) return answers;
  const bare = final([...methods.slice(0, -1), 'HEAD']);
  return bare.length > answers.length ? bare : answers;
}
