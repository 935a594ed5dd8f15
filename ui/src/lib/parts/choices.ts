// Finding an answer in a long list by the letters its words begin with.
import type { ListEntry } from '../api/types';

/** As many as can be looked over at once. */
const SHOWN_MAX = 8;
const words = (text: string) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Entries in which every word of `text` begins a word; those whose own first word begins so come first. */
export function matching(list: ListEntry[], text: string): ListEntry[] {
  const asked = words(text);
  if (!asked.length) return [];
  const fits = list.filter((e) => { const own = words(e.label); return asked.every((a) => own.some((w) => w.startsWith(a))); });
  const first = (e: ListEntry) => (words(e.label)[0]?.startsWith(asked[0] ?? '') ? 0 : 1);
  return fits.sort((a, b) => first(a) - first(b)).slice(0, SHOWN_MAX);
}

/** The entry that `text` names: its very label, or the only one that fits. */
export function meant(list: ListEntry[], text: string): ListEntry | undefined {
  const same = list.find((e) => e.label.toLowerCase() === text.trim().toLowerCase());
  const fits = matching(list, text);
  return same ?? (fits.length === 1 ? fits[0] : undefined);
}
