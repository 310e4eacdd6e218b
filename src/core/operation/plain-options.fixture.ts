import type { OperationOptions } from './operation.ts';

/** Nobody asked for anything out of the ordinary. */
export const PLAIN_OPTIONS: OperationOptions = {
  acceptDataLoss: false,
  emergencyWhenSilent: false,
  overriddenRules: [],
  needsAcknowledgements: false,
  supersedes: [],
};
