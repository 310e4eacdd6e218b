import { sourceImports } from './source-imports.ts';
import type { Token } from './source-tokens.ts';

/** What only `src/app` and the adapters may touch. */
export type MachineKind = 'clock' | 'timer' | 'chance' | 'environment' | 'file' | 'socket' | 'process';

export interface MachineUse {
  readonly kind: MachineKind;
  readonly name: string;
  readonly line: number;
}

const MODULES: Readonly<Record<string, MachineKind>> = {
  'node:child_process': 'process',
  'node:cluster': 'process',
  'node:worker_threads': 'process',
  'node:dgram': 'socket',
  'node:dns': 'socket',
  'node:dns/promises': 'socket',
  'node:http': 'socket',
  'node:http2': 'socket',
  'node:https': 'socket',
  'node:net': 'socket',
  'node:tls': 'socket',
  '@fastify/http-proxy': 'socket',
  '@grpc/grpc-js': 'socket',
  etcd3: 'socket',
  'etcd3/lib/connection-pool.js': 'socket',
  fastify: 'socket',
  ioredis: 'socket',
  undici: 'socket',
  ws: 'socket',
  'node:fs': 'file',
  'node:fs/promises': 'file',
  'node:sqlite': 'file',
  'node:module': 'file',
  'node:os': 'environment',
  'node:process': 'environment',
  'node:readline': 'environment',
  'node:readline/promises': 'environment',
  'node:tty': 'environment',
  'node:perf_hooks': 'clock',
  'node:timers': 'timer',
  'node:timers/promises': 'timer',
};

/** What these modules have that only computes. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  'node:http': ['METHODS', 'STATUS_CODES', 'validateHeaderName', 'validateHeaderValue'],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  'node:tls': ['checkServerIdentity', 'createSecureContext'],
  undici: ['errors'],
};

/** What `node:crypto` has that is not a function of its arguments. */
const CHANCE = /^(random|generate|getRandom|createDiffieHellman|createECDH|webcrypto$|\*$|default$)/;
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const ENVIRONMENT = new Set(['process', 'globalThis', 'navigator']);
const SOCKETS = new Set(['fetch', 'WebSocket', 'EventSource']);

/** Where a file reads clocks, sets timers, draws by chance, or touches files, sockets, processes or its environment. */
export function machineUses(tokens: readonly Token[]): MachineUse[] {
  const ofWords = tokens.flatMap((_, index) => useOf(tokens, index));
  return [...ofWords, ...usesOfModules(tokens)].sort((a, b) => a.line - b.line);
}

function usesOfModules(tokens: readonly Token[]): MachineUse[] {
  return sourceImports(tokens).flatMap(({ specifier, isTypeOnly, names, line }): MachineUse[] => {
    if (isTypeOnly) return [];
    if (specifier === 'node:crypto') {
      return names.filter((name) => CHANCE.test(name)).map((name) => ({ kind: 'chance', name, line }));
    }
    const kind = MODULES[specifier];
    const isPure = names.every((name) => PURE[specifier]?.includes(name));
    return kind === undefined || isPure ? [] : [{ kind, name: specifier, line }];
  });
}

function useOf(tokens: readonly Token[], index: number): MachineUse[] {
  const token = tokens[index];
  if (token?.kind !== 'word') return [];
  const { text, line } = token;
  const next = (offset: number): string => tokens[index + offset]?.text ?? '';
  if (TIMERS.has(text) && !isDeclared(tokens, index)) return [{ kind: 'timer', name: text, line }];
  if (next(-1) === '.' || next(-1) === '?.' || isDeclared(tokens, index)) return [];
  const member = next(1) === '.' ? `${text}.${next(2)}` : text;
  if (member === 'Math.random') return [{ kind: 'chance', name: member, line }];
  if (member === 'Date.now' || member === 'AbortSignal.timeout') return [{ kind: 'clock', name: member, line }];
  if (text === 'Date' && next(-1) === 'new' && (next(1) !== '(' || next(2) === ')')) {
    return [{ kind: 'clock', name: 'new Date()', line }];
  }
  if (text === 'performance' && next(1) === '.') return [{ kind: 'clock', name: text, line }];
  if (text === 'crypto' && next(1) === '.') return [{ kind: 'chance', name: text, line }];
  if (ENVIRONMENT.has(text) && /^(\.|\?\.|\)|,|;|\])$/.test(next(1)))
    return [{ kind: 'environment', name: text, line }];
  if (SOCKETS.has(text) && next(1) === '(') return [{ kind: 'socket', name: text, line }];
  return [];
}

/** A property, method, parameter or import of this name, which hides the machine's or has nothing to do with it. */
function isDeclared(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text ?? '';
  const after = tokens[index + 1]?.text ?? '';
  if (['const', 'let', 'function', 'readonly', 'get', 'set', 'async', 'typeof'].includes(before)) return true;
  if (after === ':' || after === '=>') return !['?', '=', '('].includes(before) || after === '=>';
  return after === '(' && ['{', '}', ';', ','].includes(before) && isMember(tokens, index + 1);
}

/** After the parentheses come a type or a body: the declaration of a member, not a call. */
function isMember(tokens: readonly Token[], open: number): boolean {
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const { text } = tokens[index] as Token;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return [':', '{'].includes(tokens[index + 1]?.text ?? '');
  }
  return false;
}
