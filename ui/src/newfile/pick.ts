// Which services fit what was typed: a digit names a group, letters are looked for in names and summaries.
import type { Service } from '../lib/api/types';

/** Groups in the order of their digits (ux.md S3). */
export const GROUPS = ['birth', 'death', 'kk', 'ktp', 'kia', 'move', 'data', 'other'] as const;

/** `4` is every service of the fourth group, `4 rusak` those of it with that word; nothing typed is all of them. */
export function pick(services: Service[], text: string): Service[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const digit = /^[1-8]$/.test(words[0] ?? '') ? Number(words.shift()) : 0;
  const inGroup = digit ? services.filter((s) => s.group === GROUPS[digit - 1]) : services;
  return inGroup.filter((s) => words.every((w) => `${s.name} ${s.summary}`.toLowerCase().includes(w)));
}
