import type { SeenVersion } from '../../core/adoption/first-epoch.ts';
import type { Table } from '../../core/table.ts';

type Head = Pick<Table, 'incarnation' | 'succeeds' | 'epoch'>;

/**
 * Whether a version that somebody showed proves that the store went back (or was created anew) under this table: a higher epoch of
 * its incarnation, or an incarnation that it does not come from.
 */
export function isProof(head: Head, { incarnation, epoch }: SeenVersion): boolean {
  if (incarnation === head.incarnation) return epoch > head.epoch;
  return !(head.succeeds ?? []).includes(incarnation);
}

/** Most versions that are told, and most names for each. */
const TOLD = 10;
const NAMES = 12;

/** The proofs in words, the highest first: a sentence for each version, with everybody whose highest it is. */
export function evidenceInWords(head: Head, seen: readonly SeenVersion[]): string[] {
  const proofs = seen.filter((each) => isProof(head, each)).sort((a, b) => b.epoch - a.epoch);
  const told = new Set<string>();
  const groups = new Map<string, { readonly version: SeenVersion; readonly names: string[] }>();
  for (const version of proofs) {
    if (told.has(version.by)) continue;
    told.add(version.by);
    const key = `${version.incarnation} ${version.epoch}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { version, names: [version.by] });
    else group.names.push(version.by);
  }
  return [...groups.values()].slice(0, TOLD).map(({ version: { incarnation, epoch }, names }) => {
    const isOwn = incarnation === head.incarnation;
    const where = isOwn ? '' : ` of incarnation ${incarnation}, which the store does not know`;
    const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : '';
    return `epoch ${epoch}${where}: ${names.slice(0, NAMES).join(', ')}${more}`;
  });
}
