import type {
  CellView,
  GatewayView,
  OverrideView,
  ShardSetView,
  StatusAnswer,
  UnitStatusView,
} from '../../control/api-types.ts';
import { cell, columns, type TextCell, wrap } from './columns.ts';
import type { Paint } from './paint.ts';
import { awayLines, bullets } from './ruleset-text.ts';
import { utcTime } from './utc-time.ts';

/** The state of the world: first whether all is well, then what is not, then tables. Fits 80 columns. */
export function statusLines(status: StatusAnswer, paint: Paint, width: number): string[] {
  const isQuiet = status.findings.length === 0;
  return [
    ...wrap(status.summary, width, '').map(status.allWell ? paint.good : paint.bad),
    ...status.findings.flatMap(({ severity, text }) => {
      const [first = '', ...rest] = wrap(text, width - 10, '');
      const label = severity === 'problem' ? paint.bad('problem') : 'note   ';
      return [`  ${label} ${first}`, ...rest.map((line) => `          ${line}`)];
    }),
    ...(isQuiet ? [] : ['']),
    ...headLines(status, width),
    ...section(unitRows(status.units, paint), width),
    ...spaced(awayLines(status.away, 'away from home', paint, width)),
    ...spaced(overrideLines(status.overrides, paint, width)),
    ...section(cellRows(status.units, paint), width),
    ...section(gatewayRows(status.gateways, paint), width),
  ];
}

function headLines({ realm, table, ruleset, version }: StatusAnswer, width: number): string[] {
  const runs = table === null ? 'no table' : `epoch ${table.epoch}, ${table.shardCount} shards`;
  const applied =
    ruleset === null
      ? []
      : wrap(
          `ruleset ${ruleset.file}, applied at epoch ${ruleset.epoch} by ${ruleset.author}, ${utcTime(ruleset.at)}` +
            (ruleset.reason === '' ? '' : `: ${ruleset.reason}`),
          width,
          '  ',
        );
  return [...wrap(`realm ${realm}, ${runs}; control ${version}`, width, '  '), ...applied];
}

function unitRows(units: readonly UnitStatusView[], paint: Paint): TextCell[][] {
  const rows = units.map((unit): TextCell[] => {
    const isHome = unit.home.shards === unit.owned.shards;
    return [
      cell(unit.id),
      cell(unit.kind),
      cell(unit.city ?? '-'),
      cell(setText(unit.home)),
      cell(setText(unit.owned), isHome ? undefined : paint.bold),
      cell(unit.capacity === null ? '-' : String(unit.capacity)),
      cell(unit.primary ?? '-'),
    ];
  });
  return titled(['UNIT', 'KIND', 'CITY', 'HOME', 'OWNED', 'ROOM FOR', 'WRITES IN'], rows, paint);
}

function cellRows(units: readonly UnitStatusView[], paint: Paint): TextCell[][] {
  const rows = units.flatMap((unit) => unit.cells.map((view) => cellRow(view, unit.kind, paint)));
  return titled(['CELL', 'IN', 'WEIGHT', 'HEALTHY', 'INSTANCES'], rows, paint);
}

function cellRow(view: CellView, kind: UnitStatusView['kind'], paint: Paint): TextCell[] {
  const healthy = view.instances.filter(({ health }) => health === 'healthy').length;
  const override = view.weight === view.configuredWeight ? '' : ` (rules: ${view.configuredWeight})`;
  const isBad = !view.available || (view.reporters > 0 && healthy < view.instances.length);
  const ill = view.instances.filter(({ health }) => health !== 'healthy' && health !== 'unreported');
  const told =
    view.reporters === 0 ? 'no gateway reports' : ill.map(({ address, health }) => `${address} ${health}`).join(', ');
  return [
    cell(view.id),
    cell(view.dataCenter),
    cell(kind === 'C' ? '-' : `${view.weight}${override}`),
    cell(
      view.reporters === 0 ? `?/${view.instances.length}` : `${healthy}/${view.instances.length}`,
      isBad ? paint.bad : paint.good,
    ),
    cell(told),
  ];
}

function gatewayRows(gateways: readonly GatewayView[], paint: Paint): TextCell[][] {
  const rows = gateways.map((gateway): TextCell[] => {
    const state = gateway.state === 'silent' ? `silent for ${Math.round(gateway.silentMs / 1000)} s` : gateway.state;
    return [
      cell(gateway.node),
      cell(gateway.dataCenter),
      cell(epochText(gateway), gateway.lag === 0 ? undefined : paint.bold),
      cell(state, gateway.state === 'silent' ? paint.bad : paint.good),
      cell(gateway.door),
      cell(gateway.version),
    ];
  });
  return titled(['GATEWAY', 'IN', 'EPOCH', 'STATE', 'DOOR', 'VERSION'], rows, paint);
}

function epochText({ applied, lag }: GatewayView): string {
  if (applied === null) return 'none';
  if (lag === null) return `${applied.epoch} (foreign)`;
  return lag === 0 ? String(applied.epoch) : `${applied.epoch} (-${lag})`;
}

function overrideLines(overrides: readonly OverrideView[], paint: Paint, width: number): string[] {
  if (overrides.length === 0) return [];
  const texts = overrides.map(({ unit, weights, author, reason, expiresAt }) => {
    const set = Object.entries(weights).map(([id, weight]) => `${id} ${weight}`);
    const until = expiresAt === null ? 'until removed' : `until ${utcTime(expiresAt)}`;
    return `${unit}: ${set.join(', ')}, ${until}, by ${author}: ${reason}`;
  });
  return [paint.bold('overrides:'), ...bullets(texts, width)];
}

function setText({ shards, count }: ShardSetView): string {
  return count === 0 ? '-' : count === 1 ? shards : `${shards} (${count})`;
}

function titled(titles: readonly string[], rows: readonly TextCell[][], paint: Paint): TextCell[][] {
  return rows.length === 0 ? [] : [titles.map((title) => cell(title, paint.bold)), ...rows];
}

function section(rows: readonly TextCell[][], width: number): string[] {
  return spaced(columns(rows, width));
}

/** With an empty line before, unless there is nothing. */
function spaced(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
