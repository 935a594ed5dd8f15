// What a form says of one answer while the counter's check is still on its way: never that a filled box is empty.
import type { Finding } from '../lib/api/types';

/** Findings shown at `path`; nothing of an empty box before its section was `left` once. */
export function said(findings: Finding[], path: string, value: string, left: boolean): Finding[] {
  const of = findings.filter((f) => f.field === path);
  return value === '' ? (left ? of : []) : of.filter((f) => f.code !== 'required');
}
