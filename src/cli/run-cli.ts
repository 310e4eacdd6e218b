import { CodedError, ERRORS } from '../errors.ts';
import type { CliEnvironment } from './cli-environment.ts';
import { isSet, textOption } from './cli-values.ts';
import type { CliCommand, CliInvocation } from './command.ts';
import { CLI_COMMANDS, PROGRAMS } from './commands.ts';
import { ControlClient, RefusedByControl } from './control-client.ts';
import { EXIT_CODES, type ExitName, exitOf } from './exit-code.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { commandHelp, overallHelp } from './help.ts';
import { findAccess } from './operator-file.ts';
import { parseArguments, usage } from './parse-arguments.ts';
import { suggest } from './suggest.ts';
import { paintFor, printable } from './text/paint.ts';
import { verdictLines } from './text/plan-text.ts';
import { bullets, conflictLines } from './text/ruleset-text.ts';

/** Seconds for one control node's answer; an apply's limit is above that of the control node (30 s). */
const TIMEOUT_S = { read: 15, apply: 40 };

/** Runs one operator command; `args` without `node` and script. Returns the exit code (exit-code.ts), never throws. */
export async function runCli(args: readonly string[], env: CliEnvironment): Promise<number> {
  try {
    return EXIT_CODES[await run(args, env)].code;
  } catch (error) {
    return EXIT_CODES[tellError(error, env)].code;
  }
}

async function run(args: readonly string[], env: CliEnvironment): Promise<ExitName> {
  const [first] = args;
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && args.length === 1)) {
    (first === undefined ? env.stderr : env.stdout).write(overallHelp());
    return first === undefined ? 'usage' : 'ok';
  }
  if (first === '--version' || first === '-v') {
    env.stdout.write(`${env.version}\n`);
    return 'ok';
  }
  const isGroup =
    CLI_COMMANDS.some(({ name }) => name.startsWith(`${first} `)) && !CLI_COMMANDS.some(({ name }) => name === first);
  if (isGroup && (args[1] === '--help' || args[1] === '-h')) {
    env.stdout.write(overallHelp());
    return 'ok';
  }
  if (first === 'help') return run([...args.slice(1), '--help'], env);
  const command = findCommand(args);
  const rest = args.slice(command.name.split(' ').length);
  const { positionals, values } = parseArguments(rest, { ...command.options, ...GLOBAL_OPTIONS });
  if (isSet(values, 'help')) {
    env.stdout.write(commandHelp(command));
    return 'ok';
  }
  checkArity(command, positionals);
  const timeoutMs = timeoutOption(textOption(values, 'timeout'), command);
  const client = async (): Promise<ControlClient> => new ControlClient(env, await findAccess(env, values), timeoutMs);
  const invocation: CliInvocation = { positionals, values, env, paint: paintFor(env.stdout, env.variables), client };
  return command.run(invocation);
}

/** By one word or two; throws CLI_USAGE with the nearest command. */
function findCommand(args: readonly string[]): CliCommand {
  const words = args.slice(0, 2);
  const byName = (wanted: string | undefined) => CLI_COMMANDS.find(({ name }) => name === wanted);
  const found = byName(words.join(' ')) ?? byName(words[0]);
  if (found !== undefined) return found;
  const inGroup = CLI_COMMANDS.filter(({ name }) => name.startsWith(`${words[0]} `));
  const names = [...CLI_COMMANDS, ...PROGRAMS].map(({ name }) => name);
  if (inGroup.length > 0) {
    const subcommands = inGroup.map(({ name }) => name.slice(name.indexOf(' ') + 1));
    const near = suggest(words[1] ?? '', subcommands);
    const hint = near === null ? `give one of ${subcommands.join(', ')}` : `did you mean ${words[0]} ${near}?`;
    const seen =
      words[1] === undefined || words[1].startsWith('-')
        ? `${words[0]} needs a subcommand`
        : `unknown command ${words.join(' ')}`;
    throw usage(`${seen}; ${hint}`);
  }
  const near = suggest(words[0] ?? '', names) ?? suggest(words.join(' '), names);
  const hint = near === null ? 'see ldc --help' : `did you mean ${near}?`;
  throw usage(`unknown command ${words[0]}; ${hint}`);
}

function checkArity({ name, operands, arity: [least, most] }: CliCommand, positionals: readonly string[]): void {
  if (positionals.length >= least && positionals.length <= most) return;
  const wanted = operands === '' ? 'takes no operands' : `takes ${operands}`;
  const seen = positionals.length === 0 ? 'none is given' : `${positionals.length} are given`;
  throw usage(`ldc ${name} ${wanted}, ${seen}`);
}

function timeoutOption(text: string | undefined, command: CliCommand): number {
  if (text === undefined) return 1000 * (command.name === 'rules apply' ? TIMEOUT_S.apply : TIMEOUT_S.read);
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(seconds >= 0.1 && seconds <= 600)) {
    throw usage(`--timeout is ${JSON.stringify(text)}, must be seconds from 0.1 to 600`);
  }
  return Math.round(seconds * 1000);
}

/** Code, message, what was seen, what to do next; for a refusal of control also its mistakes or the conflict. */
function tellError(error: unknown, env: CliEnvironment): ExitName {
  const paint = paintFor(env.stderr, env.variables);
  const width = env.stderr.columns;
  if (!(error instanceof CodedError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    env.stderr.write(`ldc: ${paint.bad('INTERNAL')}: a bug in ldc; report it with these lines\n${text}\n`);
    return 'failed';
  }
  const { message, next } = ERRORS[error.code];
  const asked = error instanceof RefusedByControl ? (error.answer.refusal?.next ?? '') : '';
  // Said once, at the end.
  const detail =
    asked !== '' && error.detail.endsWith(`; ${asked}`) ? error.detail.slice(0, -asked.length - 2) : error.detail;
  const lines = [`ldc: ${paint.bad(error.code)}: ${message}: ${printable(detail)}`];
  if (error instanceof RefusedByControl) {
    const { mistakes = [], refusals = [], conflict, refusal } = error.answer;
    lines.push(
      ...bullets(
        mistakes.map((mistake) => mistake.message),
        width,
      ),
    );
    if (refusals.length > 1) lines.push(...bullets(refusals, width));
    if (refusal !== undefined && refusal.verdicts.length > 0)
      lines.push(...verdictLines(refusal.verdicts, paint, width));
    if (conflict !== undefined) lines.push(...conflictLines(conflict, paint, width));
  }
  env.stderr.write(`${[...lines, `next: ${asked === '' ? next : printable(asked)}`].join('\n')}\n`);
  return exitOf(error.code);
}
