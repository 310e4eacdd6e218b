import type { EpochSample } from './drill-record.ts';

/** How one epoch of the table spread. */
export interface EpochView {
  readonly epoch: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly processes: number;
}

/** In order of epochs. A process that skipped an epoch is not counted for it. */
export function epochViews(samples: readonly EpochSample[]): readonly EpochView[] {
  const views = new Map<number, EpochView>();
  for (const { epoch, atMs } of samples) {
    const known = views.get(epoch) ?? { epoch, firstMs: atMs, lastMs: atMs, processes: 0 };
    const [firstMs, lastMs] = [Math.min(known.firstMs, atMs), Math.max(known.lastMs, atMs)];
    views.set(epoch, { epoch, firstMs, lastMs, processes: known.processes + 1 });
  }
  return [...views.values()].sort((a, b) => a.epoch - b.epoch);
}
