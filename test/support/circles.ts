/** Groups of nodes that reach each other (Tarjan's strongly connected components), those of one node left out; sorted. */
export function circles(links: ReadonlyMap<string, readonly string[]>): string[][] {
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    const own = number.size;
    number.set(node, own);
    lowest.set(node, own);
    path.push(node);
    for (const next of links.get(node) ?? []) {
      if (!number.has(next)) visit(next);
      if (path.includes(next)) lowest.set(node, Math.min(lowest.get(node) ?? own, lowest.get(next) ?? own));
    }
    if (lowest.get(node) !== own) return;
    const group = path.splice(path.indexOf(node)).sort();
    if (group.length > 1) found.push(group);
  };
  for (const node of links.keys()) if (!number.has(node)) visit(node);
  return found.sort((a, b) => (`${a}` < `${b}` ? -1 : 1));
}
