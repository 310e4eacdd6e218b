import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { CliCall, CliCallResult, CliEnvironment, FileReading, TextOutput } from '../cli/cli-environment.ts';
import { CONNECT_MS, codeOf, readStream } from './cli-stream.ts';

const FILE_BYTES = 4 * 1024 * 1024;
const ANSWER_BYTES = 64 * 1024 * 1024;

/** The real world for `runCli`. */
export function systemCliEnvironment(version: string): CliEnvironment {
  return {
    version,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    variables: process.env,
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    readFile,
    call,
    stream: readStream,
    monotonicMs: () => performance.now(),
    wait,
    every,
    onInterrupt,
    ask,
    randomId: () => randomUUID(),
  };
}

function output(stream: NodeJS.WriteStream): TextOutput {
  // `ldc status | head` closes the pipe early: that is no failure of ours, and must not end in a stack trace.
  stream.on('error', () => {});
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    // The window may be made smaller meanwhile; 0 where nobody told its size.
    get columns() {
      return stream.isTTY === true ? Math.max(40, stream.columns || 80) : 80;
    },
  };
}

async function readFile(path: string): Promise<FileReading> {
  try {
    if (path === '-') return { kind: 'read', bytes: await readStandardInput(), othersMay: false };
    const file = await open(path, 'r');
    try {
      return await readOpenFile(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'failed', detail: message };
  }
}

async function readOpenFile(file: FileHandle): Promise<FileReading> {
  const stat = await file.stat();
  if (stat.isDirectory()) return { kind: 'failed', detail: 'it is a directory' };
  if (stat.size > FILE_BYTES) return { kind: 'failed', detail: `${stat.size} bytes, at most ${FILE_BYTES} are read` };
  const bytes = await file.readFile();
  // Windows has no such bits and reports them all.
  const othersMay = process.platform !== 'win32' && (stat.mode & 0o077) !== 0;
  return { kind: 'read', bytes, othersMay };
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > FILE_BYTES) throw new Error(`standard input is longer than ${FILE_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** One call on a connection of its own, bounded as a whole. */
async function call({ url, method, headers, body, timeoutMs, ca }: CliCall): Promise<CliCallResult> {
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_MS, timeoutMs / 2), ...(ca === null ? {} : { ca }) },
    maxResponseSize: ANSWER_BYTES,
    pipelining: 0,
  });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { statusCode, body: answer } = await request(url, { method, headers, body, signal, dispatcher: agent });
    return { kind: 'answer', status: statusCode, text: await answer.text() };
  } catch (error) {
    return failure(error as Error, timeoutMs);
  } finally {
    await agent.destroy();
  }
}

/** Errors that come before a connection stands: nothing can have arrived. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function failure(error: Error, timeoutMs: number): CliCallResult {
  const code = codeOf(error);
  const isTls = code.startsWith('ERR_TLS') || /CERT|SELF_SIGNED|UNABLE_TO/.test(code);
  const detail = error.name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : `${error.message} ${code}`.trim();
  return { kind: 'failed', maySent: !(BEFORE_SENDING.has(code) || isTls), detail };
}

async function wait(ms: number, stop: AbortSignal): Promise<void> {
  // Rejects when it is stopped, which is no error here.
  await setTimeout(ms, undefined, { signal: stop }).catch(() => {});
}

function every(periodMs: number, tick: () => void): () => void {
  const timer = setInterval(tick, periodMs);
  return () => clearInterval(timer);
}

function onInterrupt(listener: () => void): () => void {
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

async function ask(question: string): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Ctrl-D closes without an answer.
    const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    const answer = await Promise.race([lines.question(question), closed]);
    // What is printed next should not stand behind the question.
    if (answer === null) process.stdout.write('\n');
    return answer;
  } catch {
    return null;
  } finally {
    lines.close();
  }
}
