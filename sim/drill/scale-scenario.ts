import type { Scenario } from '../scenario/scenario.ts';

/** The same scenario with every time but the limits multiplied. Pure. */
export function scaleScenario(scenario: Scenario, factor: number): Scenario {
  if (factor === 1) return scenario;
  const scaled = (ms: number): number => Math.round(ms * factor);
  const maybe = (ms: number | null): number | null => (ms === null ? null : scaled(ms));
  return {
    ...scenario,
    durationMs: scaled(scenario.durationMs),
    load: scenario.load.map((load) => ({ ...load, fromMs: scaled(load.fromMs), untilMs: maybe(load.untilMs) })),
    timeline: scenario.timeline.map(({ when, action }) => ({
      when: when.kind === 'at' ? { kind: 'at', atMs: scaled(when.atMs) } : { ...when, afterMs: scaled(when.afterMs) },
      action:
        action.kind === 'pause' || action.kind === 'cut' || action.kind === 'slow'
          ? { ...action, forMs: maybe(action.forMs) }
          : action.kind === 'flap'
            ? { ...action, downMs: scaled(action.downMs), upMs: scaled(action.upMs), forMs: scaled(action.forMs) }
            : action,
    })),
  };
}
