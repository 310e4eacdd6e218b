import type {
  AdoptionAnswer,
  AdoptionShardsView,
  AdoptionStepView,
  AdoptionView,
  PlaceView,
} from '../../control/api-types.ts';
import { wrap } from './columns.ts';
import { placeText, secondsText, shardCount } from './operation-words.ts';
import { type Paint, printable } from './paint.ts';
import { bullets } from './ruleset-text.ts';
import { utcTime } from './utc-time.ts';

/** What was seen, before anything is done. */
export function adoptionLines(seen: AdoptionAnswer, giveUp: readonly string[], paint: Paint, width: number): string[] {
  const { store, highest, evidence, shards, openOperations, windowMs } = seen;
  const isForeign = highest.incarnation !== store.incarnation;
  const where = isForeign ? ` of incarnation ${highest.incarnation}` : '';
  const moved = shards.filter(({ owner, backup }) => owner !== null && !samePlace(owner, backup));
  const open = shards.filter(({ owner }) => owner === null);
  const kept = countOf(shards) - countOf(moved) - countOf(open);
  return [
    ...wrap(`the store holds epoch ${store.epoch} of incarnation ${store.incarnation}`, width, '  '),
    ...wrap(`the highest epoch seen is ${highest.epoch}${where} (${highest.by})`, width, '  '),
    ...(evidence.length === 0 ? [] : [paint.bad('it went back; others have seen:'), ...bullets(evidence, width)]),
    ...gateLines(seen, giveUp, paint, width),
    paint.bold('owners by what the gates show:'),
    ...bullets([`${shardCount(kept)} as the store says`, ...moved.map(movedText)], width),
    ...(open.length === 0 ? [] : [paint.bad('not certain:'), ...bullets(open.map(openText), width)]),
    ...(openOperations.length === 0 ? [] : wrap(`operations that it ends: ${openOperations.join(', ')}`, width, '  ')),
    ...wrap(
      `no write is admitted for at least ${secondsText(windowMs)} (W), reads of frozen shards are held`,
      width,
      '  ',
    ),
    ...lastLines(seen.adoption, paint, width),
  ];
}

function gateLines({ gates }: AdoptionAnswer, giveUp: readonly string[], paint: Paint, width: number): string[] {
  const silent = gates.filter(({ answers }) => !answers);
  if (silent.length === 0)
    return wrap(`the data gates of ${gates.map(({ dataCenter }) => dataCenter).join(', ')} answer`, width, '  ');
  const texts = silent.map(({ dataCenter, detail }) => {
    const fate = giveUp.includes(dataCenter)
      ? 'given up: writes that only it has may be lost'
      : `the adoption waits for it, with every shard frozen; --give-up ${dataCenter} --accept-data-loss goes on without`;
    return `${dataCenter} (${detail}): ${fate}`;
  });
  return [paint.bad('data gates that do not answer:'), ...bullets(texts, width)];
}

function movedText({ shards, count, backup, owner }: AdoptionShardsView): string {
  const before = backup === null ? 'frozen' : placeText(backup);
  return `${shards} (${count}): ${before} by the store, promoted last: ${owner === null ? '' : placeText(owner)}`;
}

function openText({ shards, count, backup, reason }: AdoptionShardsView): string {
  return `${shards} (${count}): ${reason}; the store says ${backup === null ? 'frozen' : placeText(backup)}`;
}

function lastLines(adoption: AdoptionView | null, paint: Paint, width: number): string[] {
  if (adoption === null || adoption.step === 'ended') return [];
  const { id, author, createdAt, step } = adoption;
  const text = `adoption ${id} of ${author}, ${utcTime(createdAt)}, is at step ${ADOPTION_STEPS[step]}`;
  return wrap(text, width, '  ').map(paint.bold);
}

export const ADOPTION_STEPS: Readonly<Record<AdoptionView['step'], string>> = {
  wait: 'wait',
  fence: 'fence',
  promote: 'promote',
  follow: 'follow',
  ended: 'ended',
};

/** A step that has ended, and how long it took. */
export function adoptionStepLines(
  { step, endedAt, detail }: AdoptionStepView,
  startedAt: number,
  paint: Paint,
  width: number,
): string[] {
  const head = `  ${step}`.padEnd(12);
  const time = secondsText(endedAt - startedAt).padStart(11);
  return wrap(detail, width, ' '.repeat(25), `${head}${time}  `).map((line, index) =>
    index === 0 ? paint.good(line) : line,
  );
}

/** What the present step waits for. */
export function adoptionWaitingLines({ step, waiting }: AdoptionView, width: number): string[] {
  if (waiting === null || waiting.for.length === 0) return [];
  const until = waiting.leftMs === null ? ', for as long as it takes' : `, for ${secondsText(waiting.leftMs)} more`;
  return wrap(
    `waits for ${waiting.for.join(', ')}${until}`,
    width,
    ' '.repeat(12),
    `→ ${ADOPTION_STEPS[step]}`.padEnd(12),
  );
}

/** Served again, or what is left. */
export function adoptedLines(adoption: AdoptionView, paint: Paint, width: number): string[] {
  const { incarnation, grantEpoch, owners, frozen, superseded, steps, createdAt, step, waiting } = adoption;
  const served = owners.reduce((sum, { count }) => sum + count, 0);
  const pause = steps.find((each) => each.step === 'promote');
  const time = pause === undefined ? 'unknown' : secondsText(pause.endedAt - createdAt);
  const ended = superseded.length === 0 ? '' : `, ${superseded.length} operations of the backup ended`;
  const open = waiting === null ? [] : waiting.for;
  return [
    ...(frozen.length === 0
      ? []
      : [
          paint.bad('still frozen; adopt again when their gates answer, or with --accept-data-loss:'),
          ...bullets(
            frozen.map(({ shards, count, reason }) => `${shards} (${count}): ${reason}`),
            width,
          ),
        ]),
    ...(step === 'follow' && open.length > 0
      ? wrap(
          `copies that do not follow yet, by themselves as soon as they answer: ${printable(open.join(', '))}`,
          width,
          '  ',
        )
      : []),
    ...wrap(
      `adopted: incarnation ${incarnation} at epoch ${grantEpoch ?? adoption.freezeEpoch}, ${shardCount(served)} served, pause ${time}${ended}`,
      width,
      '  ',
    ).map(frozen.length === 0 ? paint.good : paint.bad),
  ];
}

function samePlace(a: PlaceView, b: PlaceView | null): boolean {
  return a.unit === b?.unit && a.dataCenter === b.dataCenter;
}

function countOf(views: readonly AdoptionShardsView[]): number {
  return views.reduce((sum, { count }) => sum + count, 0);
}
