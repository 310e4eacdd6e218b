import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `/proc/net/tcp` writes ports as four hexadecimal digits; the inode is the tenth field. */
const INODE_FIELD = 9;

/**
 * Which process has a connection of this machine open, at one moment: a relay has one listener per process that is reached, so this
 * tells whose traffic it carries. Reading is slow where there are many connections: take one look for many questions, and none
 * without need. Adapter: reads Linux's /proc.
 */
export class SocketOwners {
  readonly #table: string;
  readonly #pids: Iterable<number>;
  #byInode: ReadonlyMap<string, number> | null = null;

  private constructor(table: string, pids: Iterable<number>) {
    this.#table = table;
    this.#pids = pids;
  }

  static look(pids: Iterable<number>): SocketOwners {
    return new SocketOwners(readFileSync('/proc/net/tcp', 'latin1'), pids);
  }

  /** True where `look` can work. */
  static canLook(): boolean {
    try {
      return readFileSync('/proc/net/tcp', 'latin1').length > 0;
    } catch {
      return false;
    }
  }

  /** The process whose socket goes from `localPort` to `remotePort`; null: none of those asked about. */
  ownerOf(localPort: number, remotePort: number): number | null {
    const inode = this.#inodeOf(localPort, remotePort);
    if (inode === null) return null;
    this.#byInode ??= inodesOf(this.#pids);
    return this.#byInode.get(inode) ?? null;
  }

  #inodeOf(localPort: number, remotePort: number): string | null {
    const at = this.#table.indexOf(`0100007F:${hex(localPort)} 0100007F:${hex(remotePort)} `);
    if (at < 0) return null;
    const lineEnd = this.#table.indexOf('\n', at);
    const lineStart = this.#table.lastIndexOf('\n', at) + 1;
    return this.#table.slice(lineStart, lineEnd).trim().split(/\s+/)[INODE_FIELD] ?? null;
  }
}

/** A process that ended meanwhile, or closes descriptors while we look, has what is still seen. */
function inodesOf(pids: Iterable<number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const pid of pids) {
    for (const name of namesIn(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1];
      if (inode !== undefined) found.set(inode, pid);
    }
  }
  return found;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
