import type { OperationsAnswer, OperationView } from '../../control/api-types.ts';
import { cell, columns, type TextCell, wrap } from './columns.ts';
import { KIND_WORDS, objectText, placeText, STEP_WORDS, secondsText, weightText } from './operation-words.ts';
import { type Paint, printable } from './paint.ts';
import { bullets } from './ruleset-text.ts';
import { utcTime } from './utc-time.ts';

/** All operations that control knows, those under way first. */
export function operationsLines({ operations, leader }: OperationsAnswer, paint: Paint, width: number): string[] {
  const running = operations.filter(({ outcome }) => outcome === null).length;
  const by =
    leader === null ? 'no control node carries them out now' : `carried out by ${leader.node} (term ${leader.term})`;
  const title = `${running === 0 ? 'no operation is under way' : `${running} under way`}; ${by}`;
  const isStuck = leader === null && running > 0;
  return [
    ...wrap(title, width, '').map((line) => (isStuck ? paint.bad(line) : line)),
    ...(operations.length === 0 ? [] : ['', ...tableLines(operations, paint, width)]),
  ];
}

/** IDs are needed whole, to be copied; the other columns share what is left. */
function tableLines(operations: readonly OperationView[], paint: Paint, width: number): string[] {
  const ids = ['ID', ...operations.map(({ id }) => printable(id))];
  const idWidth = Math.max(...ids.map((id) => id.length));
  const titles = ['WHAT', 'OF', 'BEGAN UTC', 'STATE', 'PAUSE', 'BY'].map((text) => cell(text, paint.bold));
  const rows = [titles, ...operations.map((operation) => operationRow(operation, paint))];
  const lines = columns(rows, width - idWidth - 2);
  return ids.map((id, index) => `${(index === 0 ? paint.bold : plain)(id.padEnd(idWidth))}  ${lines[index] ?? ''}`);
}

function operationRow(operation: OperationView, paint: Paint): TextCell[] {
  const { kind, createdAt, frozenMs, author, outcome, step } = operation;
  const mark = outcome === null ? paint.bold : outcome.kind === 'done' ? paint.good : paint.bad;
  return [
    cell(kind === 'emergency' ? 'EMERGENCY' : kind),
    cell(objectText(operation)),
    cell(utcTime(createdAt).slice(5, 16)),
    cell(outcome === null ? STEP_WORDS[step] : outcome.kind, mark),
    cell(frozenMs === null ? '-' : secondsText(frozenMs)),
    cell(author),
  ];
}

const plain = (text: string): string => text;

/** What one operation is about; its steps are shown by progress-text.ts. */
export function operationHeadLines(operation: OperationView, paint: Paint, width: number): string[] {
  const { id, kind, author, reason, createdAt, moves, weights, supersedes, overriddenRules, abortAskedBy } = operation;
  const why = reason === '' ? '' : `: ${reason}`;
  const texts = [
    ...moves.map(({ shards, count, from, to }) => `${shards} (${count}): ${placeText(from)} → ${placeText(to)}`),
    ...weights.map((change) => weightText(change, utcTime)),
    ...(overriddenRules.length === 0 ? [] : [`safety rules overridden: ${overriddenRules.join(', ')}`]),
    ...supersedes.map((replaced) => `it replaces operation ${replaced}`),
    ...(abortAskedBy === null ? [] : [`an abort was asked for by ${abortAskedBy}`]),
  ];
  return [
    ...wrap(`operation ${id}: ${KIND_WORDS[kind]}, ${objectText(operation)}`, width, '  ').map(paint.bold),
    ...wrap(`began ${utcTime(createdAt)}, by ${author}${why}`, width, '  ', '  '),
    ...bullets(texts, width),
  ];
}
