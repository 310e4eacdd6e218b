import type { DataCenterReachView, PlanAnswer, SafetyVerdictView } from '../../control/api-types.ts';
import { cell, columns, type TextCell, wrap } from './columns.ts';
import { KIND_WORDS, placeText, secondsText, shardCount, weightText } from './operation-words.ts';
import type { Paint } from './paint.ts';
import { bullets } from './ruleset-text.ts';
import { utcTime } from './utc-time.ts';

/** What an operation would do: what moves where, what it costs and who objects; the last lines decide. Fits 80 columns. */
export function planLines(plan: PlanAnswer, paint: Paint, width: number): string[] {
  const title = wrap(titleOf(plan), width, '  ').map(paint.bold);
  // It cannot work as it is: its figures would only mislead.
  if (plan.emergencyOffer !== null) {
    return [
      ...title,
      ...section(reachRows(plan, paint), width),
      '',
      ...wrap(plan.emergencyOffer, width, '').map(paint.bad),
    ];
  }
  return [
    ...title,
    ...section(moveRows(plan, paint), width),
    ...spaced(weightLines(plan, paint, width)),
    ...spaced(goneLines(plan, paint, width)),
    ...section(loadRows(plan, paint), width),
    ...section(reachRows(plan, paint), width),
    '',
    ...costLines(plan, paint, width),
    ...verdictLines(plan.verdicts, paint, width),
  ];
}

function titleOf({ call, kind, epoch }: PlanAnswer): string {
  return `${callText(call)} (${KIND_WORDS[kind]}), planned on epoch ${epoch}`;
}

function callText(call: PlanAnswer['call']): string {
  switch (call.kind) {
    case 'failover':
    case 'failback':
      return `${call.kind} ${call.city === undefined ? `dc ${call.dataCenter}` : `city ${call.city}`}`;
    case 'move':
      return `move ${call.shards} to ${call.to}`;
    case 'shift':
      return `shift ${call.unit}`;
  }
}

function moveRows({ moves }: PlanAnswer, paint: Paint): TextCell[][] {
  if (moves.length === 0) return [];
  const rows = moves.map(({ shards, count, from, to }) => [
    cell(shards),
    cell(String(count)),
    cell(placeText(from)),
    cell(placeText(to), paint.bold),
    cell(from.unit === to.unit ? 'same unit, new primary' : 'new owner'),
  ]);
  return [['SHARDS', 'COUNT', 'FROM', 'TO', ''].map((title) => cell(title, paint.bold)), ...rows];
}

function weightLines({ weights }: PlanAnswer, paint: Paint, width: number): string[] {
  if (weights.length === 0) return [];
  const texts = weights.map((change) => weightText(change, utcTime));
  return [paint.bold('weights of cells afterwards:'), ...bullets(texts, width)];
}

function goneLines({ standIns, homeless }: PlanAnswer, paint: Paint, width: number): string[] {
  const copies = standIns.map(({ unit, to }) =>
    to === null ? `${unit} is gone, and no copy is left` : `${unit} is gone; the copy ${to} answers its requests`,
  );
  const lost = homeless.map(({ unit, shards, reason }) => `${shards} of ${unit}: ${reason}`);
  return [
    ...(copies.length === 0 ? [] : [paint.bold('read-mostly copies:'), ...bullets(copies, width)]),
    ...(lost.length === 0 ? [] : [paint.bad('shards without a place:'), ...bullets(lost, width)]),
  ];
}

function loadRows({ loads }: PlanAnswer, paint: Paint): TextCell[][] {
  if (loads.length === 0) return [];
  const rows = loads.map(({ unit, before, after, capacity }) => {
    const isFull = capacity !== null && after > capacity;
    const mark = isFull ? paint.bad : before === after ? undefined : paint.bold;
    return [
      cell(unit),
      cell(String(before)),
      cell(String(after), mark),
      cell(capacity === null ? '-' : String(capacity)),
      cell(
        isFull ? 'too many' : capacity === null || capacity === 0 ? '' : `${Math.round((100 * after) / capacity)} %`,
      ),
    ];
  });
  return [['UNIT', 'SHARDS NOW', 'AFTER', 'ROOM FOR', 'FULL'].map((title) => cell(title, paint.bold)), ...rows];
}

function reachRows({ sources, targets }: PlanAnswer, paint: Paint): TextCell[][] {
  if (sources.length + targets.length === 0) return [];
  const rows = [
    ...sources.map((reach) => reachRow('left', reach, paint)),
    ...targets.map((reach) => reachRow('taken to', reach, paint)),
  ];
  return [['DATA CENTER', '', 'ANSWERS', 'GATEWAYS', 'DATA GATE'].map((title) => cell(title, paint.bold)), ...rows];
}

function reachRow(
  role: string,
  { dataCenter, answers, gateways, gate }: DataCenterReachView,
  paint: Paint,
): TextCell[] {
  const gateText = gate === null ? 'not configured' : gate.answers ? `${Math.round(gate.ms)} ms` : gate.detail;
  return [
    cell(dataCenter),
    cell(role),
    cell(answers === 'no' ? 'NO' : answers, answers === 'yes' ? paint.good : answers === 'no' ? paint.bad : paint.bold),
    cell(`${gateways.alive} of ${gateways.known} alive`),
    cell(gateText),
  ];
}

function costLines(plan: PlanAnswer, paint: Paint, width: number): string[] {
  if (plan.movedShards === 0) return ['No shard moves and no write pauses.'];
  const isGlobal = plan.moves.some(({ shards }) => shards.split(',').includes('G'));
  const users = `writes of ${shareText(plan.usersAffected)} of all users`;
  const whose = !isGlobal ? users : plan.usersAffected === 0 ? 'all global writes' : `${users} and all global writes`;
  const pause = `${shardCount(plan.movedShards)} move: ${whose} pause for about ${secondsText(plan.pauseMs)}.`;
  const loss =
    'Writes that only the lost data center has may be lost. What that can be is put on record, and the operation waits ' +
    'until somebody accepts it.';
  return [...wrap(pause, width, ''), ...(plan.mayLoseData ? wrap(loss, width, '').map(paint.bad) : [])];
}

function shareText(share: number): string {
  const percent = share * 100;
  return percent === 0 || percent >= 10 ? `${Math.round(percent)} %` : `${percent.toFixed(1)} %`;
}

/** What objects in full, the rest in a line. */
export function verdictLines(verdicts: readonly SafetyVerdictView[], paint: Paint, width: number): string[] {
  const refused = verdicts.filter(({ verdict }) => verdict === 'refused');
  const overridden = verdicts.filter(({ verdict }) => verdict === 'overridden');
  const satisfied = verdicts.length - refused.length - overridden.length;
  const more = refused.length + overridden.length === 0 ? 'all ' : '';
  return [
    `Safety rules: ${more}${satisfied} satisfied${countText(overridden, 'overridden')}${countText(refused, 'REFUSED')}.`,
    ...refused.flatMap((verdict) => verdictText('REFUSED   ', verdict, paint.bad, width)),
    ...overridden.flatMap((verdict) => verdictText('overridden', verdict, paint.bold, width)),
  ];
}

function countText(verdicts: readonly SafetyVerdictView[], word: string): string {
  return verdicts.length === 0 ? '' : `, ${verdicts.length} ${word}`;
}

function verdictText(
  label: string,
  { rule, seen, limit, setting, next }: SafetyVerdictView,
  mark: (text: string) => string,
  width: number,
): string[] {
  const indent = ' '.repeat(label.length + 4);
  const by = setting === null ? '' : ` (${setting})`;
  const [first = '', ...rest] = wrap(`${rule}: ${seen}; limit: ${limit}${by}`, width - indent.length, '');
  return [
    `  ${mark(label)}  ${first}`,
    ...rest.map((line) => indent + line),
    ...(next === '' ? [] : wrap(next, width, `${indent}  `, `${indent}→ `)),
  ];
}

function section(rows: readonly TextCell[][], width: number): string[] {
  return spaced(columns(rows, width));
}

function spaced(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
