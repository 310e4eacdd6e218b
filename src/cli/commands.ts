import type { CliCommand } from './command.ts';
import { abort } from './commands/abort.ts';
import { acceptDataLoss } from './commands/accept-data-loss.ts';
import { audit } from './commands/audit.ts';
import { auditVerify } from './commands/audit-verify.ts';
import { failback } from './commands/failback.ts';
import { failover } from './commands/failover.ts';
import { freezeAll } from './commands/freeze-all.ts';
import { gateCheck } from './commands/gate-check.ts';
import { move } from './commands/move.ts';
import { operations } from './commands/operations.ts';
import { route } from './commands/route.ts';
import { rulesApply } from './commands/rules-apply.ts';
import { rulesDiff } from './commands/rules-diff.ts';
import { rulesShow } from './commands/rules-show.ts';
import { rulesValidate } from './commands/rules-validate.ts';
import { shift } from './commands/shift.ts';
import { status } from './commands/status.ts';
import { storeAdopt } from './commands/store-adopt.ts';

/** Every operator command, in the order of the help. */
export const CLI_COMMANDS: readonly CliCommand[] = [
  status,
  route,
  rulesValidate,
  rulesDiff,
  rulesApply,
  rulesShow,
  failover,
  failback,
  move,
  shift,
  operations,
  abort,
  acceptDataLoss,
  freezeAll,
  audit,
  auditVerify,
  storeAdopt,
  gateCheck,
];

/** Programs that `ldc` also starts; they belong to app/. */
export const PROGRAMS: readonly { readonly name: string; readonly summary: string }[] = [
  { name: 'fleet', summary: 'run a whole realm on this machine' },
  { name: 'gateway', summary: 'run one gateway' },
  { name: 'control', summary: 'run one control node' },
];
