import type { RawAnswer } from '../support/raw-client.ts';
import { finalAnswers } from './final-answers.ts';
import type { Observation } from './lane-seat.ts';
import type { Reading, ReadMessage } from './reading.ts';

interface Seen extends Observation {
  readonly answers: readonly RawAnswer[];
}

export interface JudgedLane {
  readonly passesTrailers: boolean;
  /** Where the connection ends, messages that wait for their answers may stay unanswered. */
  readonly mayCut: boolean;
  /** The client has ended its side: what it began to send can never be whole. */
  readonly mayEnd: boolean;
}

/** How a lane differs from what a strict reader makes of the same bytes; null: it does not. */
export function judge(readings: readonly Reading[], observation: Observation, lane: JudgedLane): string | null {
  const { received, isOver } = observation;
  const seen = { ...observation, answers: finalAnswers(received, readings, isOver) };
  if (seen.faults.length > 0) return `the cell got what no client sent: ${seen.faults[0]}`;
  let answered = 0;
  let reached = 0;
  // Nothing is owed for what stands before a message that is refused: the connection may end at once.
  const isCut = lane.mayCut || readings.at(-1)?.kind === 'refused';
  for (const reading of readings) {
    const answer = seen.answers[answered];
    const message = seen.messages[reached];
    if (reading.kind === 'stray') return null;
    if (reading.kind === 'unfinished')
      return unfinished(reading.mayRefuse, lane.mayEnd, answer?.status, seen, answered, reached);
    if (reading.kind === 'refused') {
      // Its client ended inside the body that is refused: the lane may have seen that first.
      if (answer === undefined && lane.mayEnd && reading.begun) return ending(seen, answered, reached);
      if (answer === undefined && answered === 0) return `no answer, wanted ${[...reading.statuses]} (${reading.why})`;
      if (answer !== undefined && !reading.statuses.has(answer.status))
        return wrongStatus(answer.status, reading.statuses, reading.why);
      return ending(seen, answered + (answer === undefined ? 0 : 1), reached);
    }
    if (answer === undefined) {
      if (isCut && seen.isOver && answered > 0)
        return ending(seen, answered, reached + (message === undefined ? 0 : 1));
      return `answer ${answered + 1} of a ${reading.kind} message is missing`;
    }
    answered += 1;
    if (reading.kind === 'unserved') {
      if (!reading.statuses.has(answer.status)) return wrongStatus(answer.status, reading.statuses, 'not to be served');
      if (reading.closes || (reading.mayClose && seen.answers.length === answered))
        return ending(seen, answered, reached);
      continue;
    }
    if (reading.mayRefuse && answer.status === 400) return ending(seen, answered, reached);
    if (answer.status !== 200) return wrongStatus(answer.status, new Set([200]), 'a message to be served');
    reached += 1;
    const difference =
      message === undefined ? 'nothing reached the cell' : differenceOf(reading.message, message, lane.passesTrailers);
    if (difference !== null) return difference;
    if (reading.closes || (reading.mayClose && seen.isOver && seen.answers.length === answered))
      return ending(seen, answered, reached);
  }
  return 'the strict reader found no end';
}

function unfinished(
  mayRefuse: boolean,
  mayEnd: boolean,
  status: number | undefined,
  seen: Seen,
  answered: number,
  reached: number,
): string | null {
  if (seen.messages.length > reached) return 'an unfinished message reached the cell whole';
  if (status === undefined)
    return seen.isOver && !mayRefuse && !mayEnd ? 'the connection ended inside a message that has no fault' : null;
  if (mayRefuse && status >= 400 && status < 500 && seen.isOver && seen.answers.length === answered + 1) return null;
  return `answer ${status} to an unfinished message`;
}

function ending(seen: Seen, answered: number, reached: number): string | null {
  if (seen.answers.length > answered) return `an answer too many: ${seen.answers[answered]?.status}`;
  if (seen.messages.length > reached)
    return `a request too many reached the cell: ${JSON.stringify(seen.messages[reached])}`;
  return seen.isOver ? null : 'the connection stays open';
}

function wrongStatus(status: number, wanted: ReadonlySet<number>, why: string): string {
  return `answer ${status}, wanted ${[...wanted].join(' or ')} (${why})`;
}

function differenceOf(wanted: ReadMessage, got: ReadMessage, passesTrailers: boolean): string | null {
  for (const key of ['method', 'target', 'host', 'fields', 'upgrade', 'body', 'trailers'] as const) {
    if (key === 'trailers' && !passesTrailers) continue;
    const [want, have] = [JSON.stringify(wanted[key]), JSON.stringify(got[key])];
    if (want !== have) return `the cell got another ${key}: ${have}, wanted ${want}`;
  }
  return null;
}
