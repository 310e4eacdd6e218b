import type { CellDocument, UnitDocument } from '../core/topology-document.ts';
import { type Change, change } from './change.ts';

/** Cells of one unit that come, go or change; their weights are told by diff-weights.ts. */
export function diffCells(was: UnitDocument, is: UnitDocument): readonly Change[] {
  const old = new Map(was.cells.map((cell) => [cell.id, cell]));
  const left = new Set(is.cells.map((cell) => cell.id));
  const gone = was.cells.filter((cell) => !left.has(cell.id));
  return [
    ...gone.map((cell) => change('cellRemoved', cell.id, `${is.id}: cell ${cell.id} in ${cell.dataCenter} is removed`)),
    ...is.cells.flatMap((cell) => {
      const before = old.get(cell.id);
      return before === undefined ? [added(is, cell)] : diffCell(before, cell);
    }),
  ];
}

function added(unit: UnitDocument, { id, dataCenter, instances }: CellDocument): Change {
  const addresses = instances.length === 0 ? '' : ` at ${instances.join(', ')}`;
  return change('cellAdded', id, `${unit.id}: cell ${id} is added in ${dataCenter}${addresses}`);
}

function diffCell(was: CellDocument, is: CellDocument): readonly Change[] {
  const { id } = is;
  const changes: Change[] = [];
  if (was.dataCenter !== is.dataCenter) {
    changes.push(change('cellMoved', id, `cell ${id}: in ${is.dataCenter} instead of ${was.dataCenter}`));
  }
  const added = is.instances.filter((address) => !was.instances.includes(address));
  const removed = was.instances.filter((address) => !is.instances.includes(address));
  if (added.length + removed.length > 0) {
    const steps = [...added.map((address) => `+${address}`), ...removed.map((address) => `-${address}`)];
    changes.push(change('instances', id, `cell ${id}: instances ${steps.join(' ')}`));
  } else if (was.instances.join() !== is.instances.join()) {
    changes.push(change('instances', id, `cell ${id}: instances in another order`));
  }
  if (JSON.stringify(was.tls) !== JSON.stringify(is.tls)) changes.push(change('tls', id, tlsInWords(is)));
  if (JSON.stringify(was.health) !== JSON.stringify(is.health)) changes.push(healthChange(was, is));
  if (was.maxConcurrent !== is.maxConcurrent) {
    changes.push(change('maxConcurrent', id, `cell ${id}: maxConcurrent ${was.maxConcurrent} → ${is.maxConcurrent}`));
  }
  return changes;
}

function tlsInWords({ id, tls }: CellDocument): string {
  if (tls === null) return `cell ${id}: plain HTTP instead of TLS`;
  const name = tls.serverName === null ? 'the instance’s host' : tls.serverName;
  return `cell ${id}: TLS to ${name}, authorities ${tls.ca === null ? 'of the system' : 'of its own'}`;
}

function healthChange(was: CellDocument, is: CellDocument): Change {
  const keys = ['path', 'intervalMs', 'timeoutMs', 'unhealthyAfter', 'healthyAfter'] as const;
  const differs = keys.filter((key) => was.health[key] !== is.health[key]);
  const steps = differs.map((key) => `${key} ${was.health[key]} → ${is.health[key]}`).join(', ');
  return change('health', is.id, `cell ${is.id}: health ${steps}`);
}
