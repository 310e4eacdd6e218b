import { readFileSync } from 'node:fs';

/** Linux gives processor times in ticks of 1/100 s to programs, whatever its own clock does. */
const TICK_MS = 10;

/** Processor time of a process with all of its threads since its start, in milliseconds, to a tick of 10 ms. Linux only. */
export function processorMs(pid: number): number {
  return processorMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** From the text of /proc/PID/stat: the 14th and 15th field, counted behind the name, which may hold spaces. */
export function processorMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
