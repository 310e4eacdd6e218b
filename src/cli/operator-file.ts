import { CodedError } from '../errors.ts';
import type { CliEnvironment } from './cli-environment.ts';
import { type CliValues, textOption } from './cli-values.ts';
import { printable } from './text/paint.ts';

/** Where the control nodes are, and what opens them. */
export interface ControlAccess {
  readonly endpoints: readonly string[];
  readonly token: string;
  /** PEM text, or null for the system's authorities. */
  readonly ca: string | null;
}

export const DEFAULT_DIR = '.ldc';
const FILE_NAME = 'operator.json';
const MOST_ENDPOINTS = 20;

interface OperatorFile {
  readonly endpoints?: readonly string[];
  readonly token?: string;
  readonly ca?: string;
}

/**
 * The access by options first, then LDC_CONTROL and LDC_TOKEN, then `<dir>/operator.json` as the fleet writes it. Throws
 * CLI_INPUT; a token file that others can read gets a warning.
 */
export async function findAccess(env: CliEnvironment, values: CliValues): Promise<ControlAccess> {
  const dir = textOption(values, 'dir') ?? DEFAULT_DIR;
  const control = textOption(values, 'control') ?? env.variables.LDC_CONTROL;
  const token = textOption(values, 'token') ?? env.variables.LDC_TOKEN;
  const path = `${dir}/${FILE_NAME}`;
  const isFileNeeded = control === undefined || token === undefined;
  const file = await readOperatorFile(env, path, isFileNeeded);
  const endpoints = control === undefined ? (file?.endpoints ?? []) : control.split(',').map((url) => url.trim());
  if (endpoints.length === 0) throw input(`${path} names no endpoints; give --control URL or LDC_CONTROL`);
  if (endpoints.length > MOST_ENDPOINTS)
    throw input(`${endpoints.length} control endpoints, at most ${MOST_ENDPOINTS} are allowed`);
  const secret = token ?? file?.token;
  if (secret === undefined) throw input(`${path} has no token; give --token or LDC_TOKEN`);
  if (!/^[!-~]{1,512}$/.test(secret)) throw input('the token must be 1 to 512 visible ASCII characters');
  return { endpoints: endpoints.map(checkUrl), token: secret, ca: await readCa(env, file, path) };
}

/** Null: it is not there and not needed. */
async function readOperatorFile(env: CliEnvironment, path: string, isNeeded: boolean): Promise<OperatorFile | null> {
  const reading = await env.readFile(path);
  if (reading.kind !== 'read') {
    if (!isNeeded) return null;
    const why = reading.kind === 'missing' ? 'is not there' : `cannot be read: ${reading.detail}`;
    throw input(`${path} ${why}; run in the fleet's directory, give --dir DIR, or give --control and --token`);
  }
  if (reading.othersMay) {
    env.stderr.write(
      `ldc: warning: other users can read the token in ${printable(path)}; run: chmod 600 ${printable(path)}\n`,
    );
  }
  return checkFile(path, reading.bytes);
}

function checkFile(path: string, bytes: Uint8Array): OperatorFile {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw input(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw input(`${path} must be a JSON object`);
  const { endpoints, token, ca } = value as Record<string, unknown>;
  if (endpoints !== undefined && !(Array.isArray(endpoints) && endpoints.every((url) => typeof url === 'string'))) {
    throw input(`${path}: endpoints must be a list of URLs`);
  }
  for (const [name, text] of Object.entries({ token, ca })) {
    if (text !== undefined && typeof text !== 'string') throw input(`${path}: ${name} must be a text`);
  }
  return value as OperatorFile;
}

async function readCa(env: CliEnvironment, file: OperatorFile | null, path: string): Promise<string | null> {
  if (file?.ca === undefined) return null;
  const reading = await env.readFile(file.ca);
  if (reading.kind === 'read') return new TextDecoder().decode(reading.bytes);
  throw input(`${path}: ca names ${file.ca}, which cannot be read`);
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isControl =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
  if (!isControl) throw input(`control endpoint ${JSON.stringify(text)}, must be like http://127.0.0.1:8100`);
  return text.replace(/\/+$/, '');
}

function input(detail: string): CodedError {
  return new CodedError('CLI_INPUT', detail);
}
