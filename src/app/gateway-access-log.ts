import { pino } from 'pino';
import { AccessLog } from '../gateway/access-log.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** What Linux writes to a pipe without another process's bytes in between (pipe(7), PIPE_BUF). */
const ATOMIC_BYTES = 4_096;
const LF = 0x0a;

/**
 * The access log of a gateway on standard output, between the lines of its log and in their form. `isShared`: several processes
 * write there, and no line of one may come into the middle of another's.
 */
export function gatewayAccessLog(
  { node, dataCenter }: Pick<GatewayConfig, 'node' | 'dataCenter'>,
  isShared: boolean,
): AccessLog {
  const output = pino.destination({ dest: 1, sync: true, contentMode: 'buffer' });
  const base = { program: 'gateway', node, ownDataCenter: dataCenter };
  // The types know text only; `contentMode` says that it is bytes.
  const write = (lines: Buffer): void => void (output as unknown as { write(lines: Buffer): void }).write(lines);
  return new AccessLog({ clock, base, write: isShared ? (lines) => inPieces(lines).forEach(write) : write });
}

/** Whole lines, as many as are written at once; a longer line is a piece of its own. */
export function inPieces(lines: Buffer, most = ATOMIC_BYTES): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < lines.length; ) {
    const last = lines.subarray(from, from + most).lastIndexOf(LF);
    const end = last === -1 ? lines.indexOf(LF, from) : from + last;
    pieces.push(lines.subarray(from, end + 1));
    from = end + 1;
  }
  return pieces;
}
