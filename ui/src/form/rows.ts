// Taking one row out of a list: the later rows move up, so that no number is left out.

/** What to write so that row `row` of `list` is gone; an empty value empties. */
export function without(kept: Record<string, string>, list: string, row: number): [string, string][] {
  const prefix = `${list}.`;
  const own = Object.keys(kept).filter((p) => p.startsWith(prefix)).map((p) => p.slice(prefix.length).split('.'));
  const last = Math.max(row, ...own.map(([n]) => Number(n)));
  const names = new Set(own.map(([, ...rest]) => rest.join('.')));
  const at = (n: number, name: string) => kept[`${prefix}${n}.${name}`] ?? '';
  const out: [string, string][] = [];
  for (let n = row; n <= last; n++)
    for (const name of names) if (at(n, name) !== at(n + 1, name)) out.push([`${prefix}${n}.${name}`, at(n + 1, name)]);
  return out;
}
