// What is typed and not saved yet: saved before the screen goes, and kept here for its draft when that fails.
import type { Fields } from './api';

export type Unsaved = Record<'fields' | 'reasons' | 'missing', Fields>;

const saves = new Set<() => Promise<void>>();
const held = new Map<string, Unsaved>();

/** Has `save` run before a lock; gives what ends that. */
export function onLock(save: () => Promise<void>): () => void {
  saves.add(save);
  return () => { saves.delete(save); };
}

/** Saves everything that is open. */
export const saveAll = () => Promise.all([...saves].map((save) => save()));

/** Keeps what could not be saved until its draft is open again. */
export function hold(draft: string, unsaved: Unsaved) { held.set(draft, unsaved); }

/** What was kept for a draft; it is kept no longer. */
export function release(draft: string): Unsaved | undefined {
  const unsaved = held.get(draft);
  held.delete(draft);
  return unsaved;
}
