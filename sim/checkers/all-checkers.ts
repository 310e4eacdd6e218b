import { auditWhole } from './audit-whole.ts';
import type { Checker } from './checker.ts';
import { epochsGrow } from './epochs-grow.ts';
import { executedByOwner } from './executed-by-owner.ts';
import { lateAnswers } from './late-answers.ts';
import { ledgerBooks } from './ledger-books.ts';
import { nothingLostPlanned } from './nothing-lost-planned.ts';
import { oneAnswer } from './one-answer.ts';
import { oneController } from './one-controller.ts';
import { oneOwner } from './one-owner.ts';
import { oneTable } from './one-table.ts';
import { quietAtLast } from './quiet-at-last.ts';
import { safetyRulesHold } from './safety-rules-hold.ts';
import { servedWithoutStore } from './served-without-store.ts';

/** The twelve statements of docs/ownership-protocol.md, in their order, and the ledger's books; new ones for each world. */
export function allCheckers(): Checker[] {
  return [
    oneOwner,
    epochsGrow,
    executedByOwner,
    lateAnswers(),
    nothingLostPlanned,
    oneAnswer(),
    safetyRulesHold,
    quietAtLast,
    servedWithoutStore,
    oneTable,
    auditWhole,
    oneController(),
    ledgerBooks(),
  ];
}
