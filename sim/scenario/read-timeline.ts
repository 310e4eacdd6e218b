import type { Path } from '../../src/ruleset/mistake.ts';
import { readOperatorCommand } from './read-operator-command.ts';
import { readTarget, type ScenarioNames } from './read-target.ts';
import type { Action, Link, Moment, Target, TimelineEntry } from './scenario.ts';
import type { ScenarioMistakes } from './scenario-mistakes.ts';
import type { EntryValue, LinkValue } from './scenario-value.ts';

const ACTIONS = [
  'kill',
  'restart',
  'pause',
  'resume',
  'cut',
  'slow',
  'flap',
  'mend',
  'jump',
  'upgrade',
  'operate',
] as const;
type ActionName = (typeof ACTIONS)[number];

/** Which actions an additional key belongs to, and which of them need it. */
const EXTRAS: Readonly<Record<string, { readonly of: readonly ActionName[]; readonly needed: readonly ActionName[] }>> =
  {
    losesDirectory: { of: ['kill'], needed: [] },
    forMs: { of: ['pause', 'cut', 'slow', 'flap'], needed: ['flap'] },
    oneWay: { of: ['cut'], needed: [] },
    delayMs: { of: ['slow'], needed: ['slow'] },
    downMs: { of: ['flap'], needed: ['flap'] },
    upMs: { of: ['flap'], needed: ['flap'] },
    byMs: { of: ['jump'], needed: ['jump'] },
    readsFormats: { of: ['upgrade'], needed: ['upgrade'] },
  };

/** The timeline of a document whose schema holds; what it cannot mean goes to `mistakes`, and its entry is left out. */
export function readTimeline(
  values: readonly EntryValue[],
  names: ScenarioNames,
  mistakes: ScenarioMistakes,
): readonly TimelineEntry[] {
  let operations = 0;
  return values.flatMap((value, index) => {
    const path: Path = ['timeline', index];
    const when = readMoment(value, path, mistakes, operations);
    const action = readAction(value, path, names, mistakes);
    if (action?.kind === 'operate' && action.command.wish.kind === 'start') operations += 1;
    if (action?.kind === 'operate') checkOperationNumber(action.command.wish, operations, path, mistakes);
    return when === null || action === null ? [] : [{ when, action }];
  });
}

function checkOperationNumber(
  wish: { readonly kind: string; readonly operation?: number },
  known: number,
  path: Path,
  mistakes: ScenarioMistakes,
): void {
  if (wish.operation === undefined || wish.operation <= known) return;
  mistakes.add([...path, 'operate'], `operation ${wish.operation} is not started before, ${known} are`);
}

function readMoment(value: EntryValue, path: Path, mistakes: ScenarioMistakes, operations: number): Moment | null {
  const { atMs, onStep } = value;
  if ((atMs === undefined) === (onStep === undefined)) {
    mistakes.add(path, 'must have either atMs or onStep');
    return null;
  }
  if (atMs !== undefined) return { kind: 'at', atMs };
  if (onStep === undefined) return null;
  if (onStep.operation > operations)
    mistakes.add([...path, 'onStep'], `operation ${onStep.operation} is not started before, ${operations} are`);
  return { kind: 'step', ...onStep };
}

function readAction(value: EntryValue, path: Path, names: ScenarioNames, mistakes: ScenarioMistakes): Action | null {
  const named = ACTIONS.filter((name) => value[name] !== undefined);
  const [name] = named;
  if (name === undefined || named.length > 1) {
    mistakes.add(path, `must have exactly one of ${ACTIONS.join(', ')}; has ${named.join(', ') || 'none'}`);
    return null;
  }
  checkExtras(value, name, path, mistakes);
  const target = (): Target | null => oneTarget(String(value[name]), [...path, name], names, mistakes);
  const link = (): Link | null => oneLink(value[name] as LinkValue, [...path, name], names, mistakes);
  const forMs = value.forMs ?? null;
  switch (name) {
    case 'kill':
      return withTarget(target(), (each) => ({ kind: name, target: each, losesDirectory: value.losesDirectory }));
    case 'restart':
    case 'resume':
      return withTarget(target(), (each) => ({ kind: name, target: each }));
    case 'pause':
      return withTarget(target(), (each) => ({ kind: name, target: each, forMs }));
    case 'jump':
      return withTarget(target(), (each) => ({ kind: name, target: each, byMs: value.byMs ?? 0 }));
    case 'upgrade':
      return withTarget(target(), (each) => ({ kind: name, target: each, readsFormats: value.readsFormats ?? [1] }));
    case 'cut':
      return withTarget(link(), (each) => ({ kind: name, link: each, isOneWay: value.oneWay, forMs }));
    case 'slow':
      return withTarget(link(), (each) => ({ kind: name, link: each, delayMs: value.delayMs ?? 0, forMs }));
    case 'flap': {
      const { downMs = 1, upMs = 1 } = value;
      return withTarget(link(), (each) => ({ kind: name, link: each, downMs, upMs, forMs: forMs ?? 1 }));
    }
    case 'mend':
      return withTarget(link(), (each) => ({ kind: name, link: each }));
    case 'operate': {
      const command = readOperatorCommand(value.operate ?? '');
      if (typeof command !== 'string') return { kind: name, command, expect: value.expect };
      mistakes.add([...path, name], command);
      return null;
    }
  }
}

function checkExtras(value: EntryValue, name: ActionName, path: Path, mistakes: ScenarioMistakes): void {
  for (const [extra, { of, needed }] of Object.entries(EXTRAS)) {
    const given = value[extra as keyof EntryValue];
    const isGiven = given !== undefined && given !== false;
    if (isGiven && !of.includes(name)) mistakes.add([...path, extra], `belongs to ${of.join(', ')}, not to ${name}`);
    if (!isGiven && needed.includes(name)) mistakes.add(path, `${name} needs ${extra}`);
  }
}

function oneTarget(text: string, path: Path, names: ScenarioNames, mistakes: ScenarioMistakes): Target | null {
  const target = readTarget(text, names);
  if (typeof target !== 'string') return target;
  mistakes.add(path, target);
  return null;
}

function oneLink(value: LinkValue, path: Path, names: ScenarioNames, mistakes: ScenarioMistakes): Link | null {
  const from = oneTarget(value.from, [...path, 'from'], names, mistakes);
  if (value.to === 'others') return from === null ? null : { from, to: { kind: 'others' } };
  const to = oneTarget(value.to, [...path, 'to'], names, mistakes);
  return from === null || to === null ? null : { from, to };
}

function withTarget<Value, Result>(value: Value | null, make: (value: Value) => Result): Result | null {
  return value === null ? null : make(value);
}
