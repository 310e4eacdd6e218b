import type { CellChoiceView, RouteAnswer } from '../../control/api-types.ts';
import { ERRORS } from '../../errors.ts';
import { fit, wrap } from './columns.ts';
import { type Paint, printable } from './paint.ts';

const LABEL = 10;

/** Each step of a decision on a line of its own, in the order in which gateways take them. */
export function routeLines(answer: RouteAnswer, paint: Paint, width: number): string[] {
  const line = (label: string, text: string): string[] => {
    const [first = '', ...rest] = wrap(text, width - LABEL, '');
    const indent = ' '.repeat(LABEL);
    return [paint.faint(label.padEnd(LABEL)) + first, ...rest.map((more) => indent + more)];
  };
  const { request, route, shard, unit } = answer;
  return [
    ...line('request', `${request.method} ${request.path} for ${request.host}, at a door in ${request.dataCenter}`),
    userLine(answer, paint, width),
    ...line('route', route === null ? 'none' : `${route.name} (${route.path}), kind ${route.kind}`),
    ...(shard === null ? [] : line('shard', `${shard.name}: ${shard.rule}`)),
    ...(shard === null ? [] : line('owner', ownerText(answer))),
    ...(unit === null ? [] : cellLines(unit, paint, width)),
    ...line('outcome', outcomeText(answer)),
    ...line('table', `epoch ${answer.epoch}`),
  ];
}

/** The user ID with the digits that the shard rule reads marked. */
function userLine({ request, shard }: RouteAnswer, paint: Paint, width: number): string {
  const label = paint.faint('user'.padEnd(LABEL));
  const { userId } = request;
  if (userId === null) return `${label}none`;
  const digits = shard?.digits ?? null;
  if (digits === null || userId.length > width - LABEL - 2) return label + fit(userId, width - LABEL);
  const [head, read, tail] = [
    userId.slice(0, digits.from),
    userId.slice(digits.from, digits.to),
    userId.slice(digits.to),
  ];
  return label + printable(head) + paint.mark(printable(read)) + printable(tail);
}

function ownerText({ shard }: RouteAnswer): string {
  if (shard === null) return '';
  const by = shard.operation === null ? '' : ` by operation ${shard.operation}`;
  if (shard.state === 'FREEZING') {
    return `none: the shard is being moved${by}, ${shard.previous} owned it; home is ${shard.home} (shard epoch ${shard.epoch})`;
  }
  const home = shard.atHome
    ? 'at home'
    : shard.owner === shard.home
      ? 'its home, but writes are taken away from home'
      : `AWAY from home, which is ${shard.home}`;
  return `${shard.owner}, ${home}; writes in ${shard.primary}; since epoch ${shard.since} (shard epoch ${shard.epoch})`;
}

function cellLines(unit: NonNullable<RouteAnswer['unit']>, paint: Paint, width: number): string[] {
  return unit.cells.map((cell, index) => {
    const label = (index === 0 ? 'cells' : '').padEnd(LABEL - 2) + (cell.chosen ? '→ ' : '  ');
    const health = cell.available ? '' : ', can take no requests';
    const text = fit(
      `${cell.id} of ${unit.id} in ${cell.dataCenter}, ${weightText(unit.kind, cell)}${health}`,
      width - LABEL,
    );
    return paint.faint(label) + (cell.chosen ? paint.bold(text) : cell.available ? text : paint.bad(text));
  });
}

/** C cells are chosen by nearness. */
function weightText(kind: 'R' | 'G' | 'C', { weight, configuredWeight }: CellChoiceView): string {
  if (kind === 'C') return 'the nearest is taken';
  return weight === configuredWeight
    ? `weight ${weight}`
    : `weight ${weight} (override; the ruleset says ${configuredWeight})`;
}

function outcomeText({ outcome }: RouteAnswer): string {
  const { kind, reason, code, cell, dataCenter, by, epoch } = outcome;
  if (kind === 'reject') {
    const status = code === null ? 0 : ERRORS[code].status;
    return `rejected with ${status} ${code}: ${reason}`;
  }
  if (kind === 'hold') return `held until the shard has an owner: ${reason}`;
  const way = `${dataCenter} (${by === 'own' ? 'the door’s own data center' : 'over the interlink'})`;
  const told = epoch === null ? '' : ` with shard epoch ${epoch}`;
  return `forwarded to ${cell} in ${way}${told}: ${reason}`;
}
