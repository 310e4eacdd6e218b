import { test } from 'node:test';
import { ANSWERED, BAD_ANSWERS } from './answered-cases.ts';
import { BEHAVIOURS } from './behaviours.ts';
import { checkAnswered, checkBadAnswer, checkPassed, checkRefused } from './check-case.ts';
import { ConformanceBench } from './conformance-bench.ts';
import type { Exceptions, StartDoor } from './conformance-case.ts';
import { PASSED } from './passed-cases.ts';
import { BROKEN_BODIES, REFUSED } from './refused-cases.ts';
import { UPGRADES } from './upgrades.ts';

interface Claim {
  readonly claim: string;
  run(bench: ConformanceBench): Promise<void>;
}

/**
 * Registers every case for a lane. `exceptions` names the claims that it cannot hold, with reasons; a name that no case has is a
 * failure, so that the list cannot outlive its reasons.
 */
export function registerConformance(name: string, startDoor: StartDoor, exceptions: Exceptions = {}): void {
  const known = new Set<string>();
  const skipOf = (claim: string): string | false => {
    known.add(claim);
    return exceptions[claim] ?? false;
  };
  for (const [section, claims] of Object.entries(tables())) {
    test(`${name}: ${section}`, { timeout: 60_000 }, async (t) => {
      const bench = await ConformanceBench.start(t, startDoor);
      for (const { claim, run } of claims) {
        await t.test(claim, { skip: skipOf(claim), timeout: 30_000 }, () => run(bench));
      }
    });
  }
  for (const [section, behaviours] of Object.entries({ BEHAVIOURS, UPGRADES })) {
    test(`${name}: ${section}`, { timeout: 90_000 }, async (t) => {
      for (const { claim, options, run } of behaviours) {
        await t.test(claim, { skip: skipOf(claim), timeout: 30_000 }, async (inner) => {
          await run(await ConformanceBench.start(inner, startDoor, options));
        });
      }
    });
  }
  test(`${name}: every exception belongs to a case`, () => {
    const strangers = Object.keys(exceptions).filter((claim) => !known.has(claim));
    if (strangers.length > 0) throw new Error(`no case: ${strangers.join('; ')}`);
  });
}

function tables(): Readonly<Record<string, readonly Claim[]>> {
  const sections: Record<string, readonly Claim[]> = {};
  for (const [section, cases] of Object.entries(REFUSED)) {
    sections[`refused, ${section}`] = cases.map((refused) => ({
      claim: `refuses ${refused[0]}`,
      run: (bench) => checkRefused(bench, refused, false),
    }));
  }
  sections['refused, BROKEN_BODIES'] = BROKEN_BODIES.map((refused) => ({
    claim: `refuses ${refused[0]}`,
    run: (bench) => checkRefused(bench, refused, true),
  }));
  for (const [section, cases] of Object.entries(PASSED)) {
    sections[`passed, ${section}`] = cases.map((passed) => ({
      claim: `passes ${passed.claim}`,
      run: (bench) => checkPassed(bench, passed),
    }));
  }
  for (const [section, cases] of Object.entries(ANSWERED)) {
    sections[`answered, ${section}`] = cases.map((answered) => ({
      claim: `gives the client ${answered.claim}`,
      run: (bench) => checkAnswered(bench, answered),
    }));
  }
  sections['answered, BAD_ANSWERS'] = BAD_ANSWERS.map(([claim, cell, code]) => ({
    claim: `makes 502 of ${claim}`,
    run: (bench) => checkBadAnswer(bench, cell, code),
  }));
  return sections;
}
