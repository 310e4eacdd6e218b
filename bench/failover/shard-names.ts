/** `00-19,40,G` in single names, as the control API writes shards of two digits. */
export function shardNames(ranges: string): string[] {
  return ranges.split(',').flatMap((range) => {
    const [from = '', to = from] = range.split('-');
    if (from === 'G') return ['G'];
    const names: string[] = [];
    for (let shard = Number(from); shard <= Number(to); shard += 1) names.push(String(shard).padStart(2, '0'));
    return names;
  });
}
