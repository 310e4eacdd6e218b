import type { CliOptions } from './command.ts';

/** Options that every command takes. */
export const GLOBAL_OPTIONS: CliOptions = {
  dir: { type: 'string', value: 'DIR', help: 'directory of the fleet, with operator.json; default .ldc' },
  control: {
    type: 'string',
    value: 'URL[,URL]',
    help: 'control nodes, tried in order; default LDC_CONTROL, then operator.json',
  },
  token: { type: 'string', value: 'TOKEN', help: 'better: LDC_TOKEN or operator.json, which other users cannot see' },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    help: 'for the answer of one control node; default 15, for an apply 40',
  },
  json: { type: 'boolean', help: 'print JSON, as the control API gives it' },
  help: { type: 'boolean', help: 'show this help' },
};
