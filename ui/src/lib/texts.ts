// The Indonesian sentences, the same files that Rust reads.
import counter from '../../texts/id/counter.json';
import finding from '../../texts/id/finding.json';
import help from '../../texts/id/help.json';
import problem from '../../texts/id/problem.json';

const all: Record<string, string> = { ...finding, ...problem, ...help, ...counter };

/** Whether there is a sentence for `key`. */
export const known = (key: string) => key in all;

/** The sentence of `key`, its placeholders filled in; the key itself when there is none. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, String(value)), all[key] ?? key);
}
