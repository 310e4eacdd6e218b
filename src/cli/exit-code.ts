import type { ErrorCode } from '../errors.ts';

/** Exit codes of `ldc`; docs/cli.md is tested against this table. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'refused or failed; nothing was changed' },
  usage: { code: 2, meaning: 'the command line, a file or a setting cannot be used' },
  unreachable: { code: 3, meaning: 'no control node answered' },
  conflict: { code: 4, meaning: 'what runs is not what the change was planned on; nothing was changed' },
  unauthorised: { code: 5, meaning: 'no valid token, or its role does not allow the call' },
  unknown: { code: 6, meaning: 'the change may or may not have been made: look, then repeat the command' },
  aborted: { code: 7, meaning: 'the operation was aborted; its shards are served' },
  underway: { code: 8, meaning: 'the operation goes on without this command; `ldc operations ID` shows it' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** The exit that a coded error leads to. */
export function exitOf(code: ErrorCode): ExitName {
  switch (code) {
    case 'CLI_USAGE':
    case 'CLI_INPUT':
      return 'usage';
    case 'CONTROL_UNREACHABLE':
    case 'CONTROL_ANSWER_INVALID':
      return 'unreachable';
    case 'CONFLICT':
      return 'conflict';
    case 'UNAUTHENTICATED':
    case 'FORBIDDEN':
    case 'AUTH_THROTTLED':
      return 'unauthorised';
    case 'APPLY_UNKNOWN':
    case 'OPERATION_UNKNOWN':
      return 'unknown';
    default:
      return 'failed';
  }
}
