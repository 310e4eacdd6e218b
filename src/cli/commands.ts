import type { CliCommand } from './command.ts';
import { route } from './commands/route.ts';
import { rulesApply } from './commands/rules-apply.ts';
import { rulesDiff } from './commands/rules-diff.ts';
import { rulesShow } from './commands/rules-show.ts';
import { rulesValidate } from './commands/rules-validate.ts';
import { status } from './commands/status.ts';

/** Every operator command, in the order of the help. */
export const CLI_COMMANDS: readonly CliCommand[] = [status, route, rulesValidate, rulesDiff, rulesApply, rulesShow];

/** Programs that `ldc` also starts; they belong to app/. */
export const PROGRAMS: readonly { readonly name: string; readonly summary: string }[] = [
  { name: 'fleet', summary: 'run a whole realm on this machine' },
  { name: 'gateway', summary: 'run one gateway' },
  { name: 'control', summary: 'run one control node' },
];
