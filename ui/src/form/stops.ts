// Where Enter goes: one stop per question, in the order the eye reads (ux.md 1.6 and 4.3).

/** The boxes Enter stops at inside `root`: of a radio group the chosen one or the first; files and what stands aside (Tab reaches it) are left out. */
export function stops(root: HTMLElement | undefined): HTMLElement[] {
  const all = [...(root?.querySelectorAll<HTMLInputElement>('input, select, textarea') ?? [])].filter((x) => !x.disabled && x.type !== 'file' && !x.dataset.aside);
  const group = (x: HTMLInputElement) => all.filter((y) => y.type === 'radio' && y.name === x.name);
  return all.filter((x) => x.type !== 'radio' || (group(x).find((y) => y.checked) ?? group(x)[0]) === x);
}

/** The stop before or after `from`; undefined past either end. */
export function step(root: HTMLElement | undefined, from: HTMLElement, by: 1 | -1): HTMLElement | undefined {
  const all = stops(root);
  const input = from as HTMLInputElement;
  const here = input.type === 'radio' ? all.findIndex((x) => (x as HTMLInputElement).name === input.name) : all.indexOf(from);
  // A date that was typed whole into one box is one stop.
  const whole = from.closest<HTMLElement>('[data-whole=true]');
  const rest = by === 1 ? all.slice(here + 1) : all.slice(0, Math.max(here, 0)).reverse();
  return rest.find((x) => !whole?.contains(x));
}

/** Puts the cursor into a box and marks what it holds, so that typing replaces it. */
export function enter(box: HTMLElement | undefined) {
  box?.focus();
  const input = box as HTMLInputElement | undefined;
  if (input?.tagName === 'INPUT' && !['radio', 'checkbox'].includes(input.type)) input.select();
}
