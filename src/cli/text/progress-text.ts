import type { LostRangeView, OperationView, StepView, WaitingView } from '../../control/api-types.ts';
import { fit, wrap } from './columns.ts';
import { objectText, placeText, STEP_WORDS, secondsText, shardCount } from './operation-words.ts';
import type { Paint } from './paint.ts';
import { bullets } from './ruleset-text.ts';
import { utcClock } from './utc-time.ts';

const LABEL = 15;
const TIME = 11;

/** Steps in their order, without the end, which is none to wait for. */
export function stepsOf({ steps }: OperationView): readonly StepView[] {
  return steps.filter(({ step }) => step !== 'ended');
}

/** A step that has ended: name, time, what ended it. */
export function endedStepLines({ step, startedAt, endedAt, detail }: StepView, paint: Paint, width: number): string[] {
  const time = endedAt === null ? '' : secondsText(endedAt - startedAt);
  return aligned(`  ${STEP_WORDS[step]}`, time, detail, paint.good, width);
}

/** The present step in one line, and what it waits for; `elapsedMs`: by the watcher's own clock, null: not known. */
export function presentStepLines(view: OperationView, elapsedMs: number | null, paint: Paint, width: number): string[] {
  const present = stepsOf(view).find(({ endedAt }) => endedAt === null);
  if (present === undefined) return [];
  const time = elapsedMs === null ? '' : secondsText(elapsedMs);
  return aligned(`→ ${STEP_WORDS[present.step]}`, time, waitingText(view.waiting), paint.bold, width);
}

export function waitingText(waiting: WaitingView | null): string {
  if (waiting === null || waiting.for.length === 0) return '';
  const until = waiting.until === null ? ', for as long as it takes' : `, until ${utcClock(waiting.until)}`;
  return `waits for ${waiting.for.join(', ')}${until}`;
}

/** What there is to say of an operation that has ended, or whose shards are served again; the last line has the figures. */
export function endLines(view: OperationView, paint: Paint, width: number): string[] {
  const { outcome } = view;
  if (outcome?.kind === 'aborted') {
    const isTold = stepsOf(view).at(-1)?.detail === outcome.reason;
    const where = view.grantEpoch === null ? 'its shards are where they were' : 'its shards were granted before';
    return [
      ...(isTold ? [] : wrap(`because: ${outcome.reason}`, width, '  ')),
      ...wrap(`aborted, ${where}: ${figuresText(view, 0)}`, width, '  ').map(paint.bad),
    ];
  }
  return [
    ...lostLines(view.lost, 'possibly lost, to be reconciled by idempotency key:', paint, width),
    ...(outcome === null ? followLines(view, width) : []),
    ...wrap(`done: ${figuresText(view, view.movedShards)}`, width, '  ').map(paint.good),
  ];
}

/** Control has no figures of requests: only gateways do. */
function figuresText(view: OperationView, moved: number): string {
  if (view.movedShards === 0) return `${objectText(view)}, no write paused`;
  const pause = view.frozenMs === null ? 'unknown' : secondsText(view.frozenMs);
  return `moved ${shardCount(moved)}, pause ${pause}, held and failed not measured`;
}

function followLines({ id, waiting }: OperationView, width: number): string[] {
  const silent = waiting === null || waiting.for.length === 0 ? [] : [`still open: ${waiting.for.join(', ')}`];
  return [
    ...wrap('The shards are served. Old copies follow the new owner as soon as they answer;', width, ''),
    ...silent.flatMap((text) => wrap(text, width, '  ', '  ')),
    ...wrap(`look again with \`ldc operations ${id}\``, width, '  ', '  '),
  ];
}

export function lostLines(lost: readonly LostRangeView[], title: string, paint: Paint, width: number): string[] {
  if (lost.length === 0) return [];
  const texts = lost.map(
    ({ shards, count, place, lineage, afterOffset }) =>
      `${shards} (${count}): writes after offset ${afterOffset} of lineage ${lineage}, where the copy ${placeText(place)} ends`,
  );
  return [paint.bad(title), ...bullets(texts, width)];
}

/** Columns for the first line; what does not fit goes on below. */
function aligned(label: string, time: string, text: string, mark: (text: string) => string, width: number): string[] {
  const room = Math.max(20, width - LABEL - TIME - 2);
  const [first = '', ...rest] = wrap(text, room, '');
  const head = fit(label, LABEL - 1).padEnd(LABEL);
  const indent = ' '.repeat(LABEL + TIME + 2);
  return [
    `${mark(head)}${time.padStart(TIME)}  ${fit(first, room)}`.trimEnd(),
    ...rest.map((line) => indent + fit(line, room)),
  ];
}
