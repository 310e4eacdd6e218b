import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The living children of a process, from /proc. */
export function childProcesses(parent: number): readonly ProcessEntry[] {
  return livingProcesses().filter(({ pid }) => statusOf(pid)?.parent === parent);
}

/** The living processes with this text in their command line. */
export function processesNaming(text: string): readonly ProcessEntry[] {
  return livingProcesses().filter(({ args }) => args.some((arg) => arg.includes(text)));
}

function livingProcesses(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), args: argumentsOf(Number(name)) }))
    .filter(({ pid }) => isAlive(pid));
}

/** A process that has ended and waits to be fetched by its parent (a zombie) does not live. */
function isAlive(pid: number): boolean {
  const status = statusOf(pid);
  return status !== null && status.state !== 'Z' && status.state !== 'X';
}

function statusOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    // The name in brackets may hold anything, also spaces and brackets.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  } catch {
    return [];
  }
}
