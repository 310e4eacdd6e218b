import { CodedError } from '../../errors.ts';

/** The transaction may have happened, or may happen yet; after every other error of the store nothing was written. */
export function isAmbiguous(error: unknown): boolean {
  return error instanceof CodedError && (error.code === 'STORE_AMBIGUOUS' || error.code === 'STORE_CLOSED');
}

export function isStoreFault(error: unknown): boolean {
  return error instanceof CodedError && error.code.startsWith('STORE_');
}
