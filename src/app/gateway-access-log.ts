import { pino } from 'pino';
import { AccessLog } from '../gateway/access-log.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** What Linux writes to a pipe without another process's bytes in between (pipe(7), PIPE_BUF). */
const ATOMIC_BYTES = 4_096;

/**
 * The access log of a gateway on standard output, between the lines of its log and in their form. `isShared`: several processes
 * write there, and no line of one may come into the middle of another's.
 */
export function gatewayAccessLog(
  { node, dataCenter }: Pick<GatewayConfig, 'node' | 'dataCenter'>,
  isShared: boolean,
): AccessLog {
  const output = pino.destination({ dest: 1, sync: true });
  const base = { program: 'gateway', node, ownDataCenter: dataCenter };
  const write = (lines: string): void => void output.write(lines);
  return new AccessLog({ clock, base, write: isShared ? (lines) => inPieces(lines).forEach(write) : write });
}

/** Whole lines, as many as are written at once; a longer line is a piece of its own. */
export function inPieces(lines: string, most = ATOMIC_BYTES): string[] {
  const pieces: string[] = [];
  let bytes = most;
  for (const line of lines.split(/(?<=\n)/)) {
    const length = Buffer.byteLength(line);
    if (bytes + length > most) {
      pieces.push('');
      bytes = 0;
    }
    pieces[pieces.length - 1] += line;
    bytes += length;
  }
  return pieces;
}
