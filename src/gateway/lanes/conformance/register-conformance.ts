import { test } from 'node:test';
import { BEHAVIOURS } from './behaviours.ts';
import {
  ANSWERED_TABLES,
  BAD_ANSWER_TABLES,
  BROKEN_TABLES,
  PASSED_TABLES,
  REFUSED_TABLES,
  SEQUENCE_TABLES,
} from './case-tables.ts';
import { checkAnswered, checkBadAnswer, checkPassed, checkRefused, checkSequence } from './check-case.ts';
import { ConformanceBench } from './conformance-bench.ts';
import type { Exceptions, StartDoor } from './conformance-case.ts';
import { HALF_CLOSED } from './half-closed.ts';
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
  for (const [section, behaviours] of Object.entries({ BEHAVIOURS, HALF_CLOSED, UPGRADES })) {
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
  return {
    ...claims('refused', REFUSED_TABLES, (refused) => ({
      claim: `refuses ${refused[0]}`,
      run: (bench) => checkRefused(bench, refused, false),
    })),
    ...claims('refused', BROKEN_TABLES, (refused) => ({
      claim: `refuses ${refused[0]}`,
      run: (bench) => checkRefused(bench, refused, true),
    })),
    ...claims('passed', PASSED_TABLES, (passed) => ({
      claim: `passes ${passed.claim}`,
      run: (bench) => checkPassed(bench, passed),
    })),
    ...claims('in sequence', SEQUENCE_TABLES, (sequence) => ({
      claim: `keeps apart ${sequence.claim}`,
      run: (bench) => checkSequence(bench, sequence),
    })),
    ...claims('answered', ANSWERED_TABLES, (answered) => ({
      claim: `gives the client ${answered.claim}`,
      run: (bench) => checkAnswered(bench, answered),
    })),
    ...claims('answered', BAD_ANSWER_TABLES, ([claim, cell, code]) => ({
      claim: `makes 502 of ${claim}`,
      run: (bench) => checkBadAnswer(bench, cell, code),
    })),
  };
}

function claims<Case>(
  kind: string,
  cases: Readonly<Record<string, readonly Case[]>>,
  claimOf: (one: Case) => Claim,
): Record<string, readonly Claim[]> {
  return Object.fromEntries(Object.entries(cases).map(([name, list]) => [`${kind}, ${name}`, list.map(claimOf)]));
}
