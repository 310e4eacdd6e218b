/** `G` is the shard after the last. */
export function shardNumber(name: string): number {
  return name === 'G' ? 100 : Number(name);
}

/** Shards and runs of shards as a gate's call names them. */
export function shardNumbers(items: readonly string[]): number[] {
  return items.flatMap((item) => {
    const [from = '', to = from] = item.split('-');
    const [low, high] = [shardNumber(from), shardNumber(to)];
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
}
