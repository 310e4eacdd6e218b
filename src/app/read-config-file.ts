import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { CodedError } from '../errors.ts';

/** A configuration file as a value: YAML, of which JSON is a part. Throws CONFIG_INVALID if it cannot be read or parsed. */
export function readConfigFile(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { maxAliasCount: 10 });
  } catch (error) {
    throw new CodedError('CONFIG_INVALID', `${path}: ${(error as Error).message}`, { cause: error });
  }
}
