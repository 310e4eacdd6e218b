import { CodedError } from '../errors.ts';
import { LIMITS, type StoreCondition, type StoreWrite } from './coord-store.ts';

/**
 * The port's rules for arguments, in one place for all implementations, so that a call that one engine would refuse is
 * refused by all of them, before anything is sent. Throws STORE_BAD_CALL or STORE_TOO_LARGE.
 */
export function checkKeys(keys: readonly string[]): void {
  if (keys.length > LIMITS.transactionKeys) {
    throw new CodedError(
      'STORE_TOO_LARGE',
      `${keys.length} keys, at most ${LIMITS.transactionKeys} (LIMITS.transactionKeys)`,
    );
  }
  for (const key of keys) checkKey(key);
}

/** A prefix is the beginning of a key, or empty for all keys of the realm. */
export function checkPrefix(prefix: string): void {
  if (prefix !== '') checkKey(prefix);
}

/** Also refuses a key that is written twice: etcd does, and which one should win? */
export function checkTransaction(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): void {
  const operations = conditions.length + writes.length;
  if (operations > LIMITS.transactionKeys) {
    throw new CodedError(
      'STORE_TOO_LARGE',
      `${operations} conditions and writes in a transaction, at most ${LIMITS.transactionKeys} (LIMITS.transactionKeys)`,
    );
  }
  for (const condition of conditions) checkCondition(condition);
  checkWrites(writes);
}

function checkCondition({ key, version }: StoreCondition): void {
  checkKey(key);
  if (version !== null && !/^[1-9][0-9]{0,17}$/.test(version)) {
    throw new CodedError(
      'STORE_BAD_CALL',
      `version ${JSON.stringify(version)} of ${show(key)} was not given by a store`,
    );
  }
}

function checkWrites(writes: readonly StoreWrite[]): void {
  const written = new Set<string>();
  let total = 0;
  for (const { key, value } of writes) {
    checkKey(key);
    if (written.has(key)) throw new CodedError('STORE_BAD_CALL', `${show(key)} is written twice in one transaction`);
    written.add(key);
    total += Buffer.byteLength(key) + checkValue(key, value ?? '');
  }
  if (total > LIMITS.transactionBytes) {
    throw new CodedError(
      'STORE_TOO_LARGE',
      `${total} bytes in a transaction, at most ${LIMITS.transactionBytes} (LIMITS.transactionBytes)`,
    );
  }
}

function checkValue(key: string, value: string): number {
  const bytes = Buffer.byteLength(value);
  if (bytes > LIMITS.valueBytes) {
    throw new CodedError(
      'STORE_TOO_LARGE',
      `${show(key)} has ${bytes} bytes, at most ${LIMITS.valueBytes} (LIMITS.valueBytes)`,
    );
  }
  // A lone surrogate has no UTF-8: it would come back as another string.
  if (!value.isWellFormed()) throw new CodedError('STORE_BAD_CALL', `the value of ${show(key)} has a lone surrogate`);
  return bytes;
}

function checkKey(key: string): void {
  if (key === '') throw new CodedError('STORE_BAD_CALL', 'a key is empty');
  if (!key.isWellFormed()) throw new CodedError('STORE_BAD_CALL', `${show(key)} has a lone surrogate`);
  const bytes = Buffer.byteLength(key);
  if (bytes > LIMITS.keyBytes) {
    throw new CodedError('STORE_TOO_LARGE', `a key has ${bytes} bytes, at most ${LIMITS.keyBytes} (LIMITS.keyBytes)`);
  }
}

const show = (key: string): string => `key ${JSON.stringify(key.slice(0, 80))}`;
