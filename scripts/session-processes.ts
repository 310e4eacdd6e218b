import { readdirSync, readFileSync } from 'node:fs';

export interface LeftProcess {
  readonly pid: number;
  readonly command: string;
}

/** Environment variable by which processes that began a session of their own are recognised too. */
export const RUN_MARK = 'LDC_TEST_RUN';

/**
 * Processes of a test file that still run: those of its session (`session` is the ID of the process that began it), and
 * those that have its mark in their environment. Linux only; elsewhere none are found.
 */
export function sessionProcesses(session: number, mark: string): LeftProcess[] {
  return processIds().flatMap((pid) => {
    if (pid === process.pid) return [];
    const fields = readProc(pid, 'stat')
      .slice(readProc(pid, 'stat').lastIndexOf(')') + 2)
      .split(' ');
    const [state, , , ownSession] = fields;
    if (state === undefined || state === '' || state === 'Z') return [];
    const isMarked = readProc(pid, 'environ').split('\0').includes(`${RUN_MARK}=${mark}`);
    if (Number(ownSession) !== session && !isMarked) return [];
    return [{ pid, command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 200) }];
  });
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Empty if the process has ended meanwhile, or belongs to somebody else. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
