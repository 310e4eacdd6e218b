import type { MachineFacts } from './machine.ts';
import type { SourceState } from './source-state.ts';

/** When, by which command, of which source and on which machine the figures of a page were made. */
export interface PageOrigin {
  /** When the run began; ISO 8601, UTC. */
  readonly at: string;
  readonly command: string;
  readonly machine: MachineFacts;
  readonly source: SourceState;
}

/** The line below the figures that says so, as Markdown; more may be appended after ` · `. */
export function originLine({ at, command, machine, source }: PageOrigin): string {
  const commit = source.isCommitted ? source.commit : `${source.commit} with uncommitted changes`;
  const { processor, cores, memoryGiB, node, system } = machine;
  return [
    `${at.slice(0, 16).replace('T', ' ')} UTC`,
    `\`${command}\``,
    `commit ${commit}`,
    `${processor}, ${cores} cores, ${memoryGiB} GiB`,
    `Node.js ${node}`,
    system,
  ].join(' · ');
}
