// Which services fit what was typed: a digit names a group, letters are looked for in names and summaries.
import type { Elsewhere, Service } from '../lib/api/types';

/** Groups in the order of their digits (ux.md S3). */
export const GROUPS = ['birth', 'death', 'kk', 'ktp', 'kia', 'move', 'data', 'other'] as const;

/** `4` is every service of the fourth group, `4 rusak` those of it with that word; nothing typed is all of them. */
export function pick(services: Service[], text: string): Service[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const digit = /^[1-8]$/.test(words[0] ?? '') ? Number(words.shift()) : 0;
  const inGroup = digit ? services.filter((s) => s.group === GROUPS[digit - 1]) : services;
  return inGroup.filter((s) => words.every((w) => `${s.name} ${s.summary}`.toLowerCase().includes(w)));
}

/** More answers than this would bury the services that are offered. */
const ELSEWHERE_MAX = 3;

/** What is not taken here but was asked for: every word of two letters or more begins a word of its name or of what people call it. */
export function elsewhere(all: Elsewhere[], text: string): Elsewhere[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length || words.some((w) => w.length < 2)) return [];
  const fits = (e: Elsewhere, w: string) => [e.name, ...e.words].some((name) => name.toLowerCase().split(/[^a-z]+/).some((part) => part.startsWith(w)));
  return all.filter((e) => words.every((w) => fits(e, w))).slice(0, ELSEWHERE_MAX);
}
