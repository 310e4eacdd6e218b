import { CodedError } from '../errors.ts';
import type { CliEnvironment } from './cli-environment.ts';

/** A file's bytes; throws CLI_INPUT. */
export async function readInput(env: CliEnvironment, path: string): Promise<Uint8Array> {
  const reading = await env.readFile(path);
  if (reading.kind === 'read') return reading.bytes;
  throw new CodedError('CLI_INPUT', reading.kind === 'missing' ? `${path} is not there` : `${path}: ${reading.detail}`);
}

/** A file's text; throws CLI_INPUT, also for bytes that are not UTF-8. */
export async function readTextInput(env: CliEnvironment, path: string): Promise<string> {
  const bytes = await readInput(env, path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CodedError('CLI_INPUT', `${path} is not UTF-8`);
  }
}

/** The name that goes on record: without the way to it on this machine, and no longer than the API takes. */
export function recordName(path: string): string {
  return (path.split(/[/\\]/).at(-1) || path).slice(-200);
}
