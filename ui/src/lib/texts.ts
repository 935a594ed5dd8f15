// The Indonesian sentences, the same files that Rust reads.
import bjn from '../../texts/bjn/resident.json';
import en from '../../texts/en/resident.json';
import complaints from '../../texts/id/complaints.json';
import counter from '../../texts/id/counter.json';
import finding from '../../texts/id/finding.json';
import form from '../../texts/id/form.json';
import courier from '../../texts/id/courier.json';
import disk from '../../texts/id/disk.json';
import enrol from '../../texts/id/enrol.json';
import day from '../../texts/id/day.json';
import handin from '../../texts/id/handin.json';
import handover from '../../texts/id/handover.json';
import help from '../../texts/id/help.json';
import people from '../../texts/id/people.json';
import problem from '../../texts/id/problem.json';
import reveal from '../../texts/id/reveal.json';
import school from '../../texts/id/school.json';
import subdistrict from '../../texts/id/subdistrict.json';
import verify from '../../texts/id/verify.json';

const all: Record<string, string> = { ...finding, ...problem, ...help, ...handin, ...form, ...counter, ...courier, ...people, ...disk, ...enrol, ...day, ...verify, ...complaints, ...reveal, ...handover, ...school, ...subdistrict };

/** Whether there is a sentence for `key`. */
export const known = (key: string) => key in all;

/** What residents read in another language; whatever it lacks is said in Indonesian. */
const RESIDENT: Record<string, Record<string, string>> = { bjn, en };

const filled = (text: string, values: Record<string, string | number>) =>
  Object.entries(values).reduce((all, [name, value]) => all.replaceAll(`{${name}}`, String(value)), text);

/** The sentence for a resident in their language (`id`, `en`, `bjn`). */
export const r = (language: string, key: string, values: Record<string, string | number> = {}) =>
  filled(RESIDENT[language]?.[key] ?? all[key] ?? key, values);

/** The same without the places that there is no value for: nobody reads `{why}`. Values are filled in last, as they are. */
export function gapless(key: string, values: Record<string, string | number>): string {
  const kept = (all[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => (name in values ? place : ''));
  return filled(kept.replace(/\s+/g, ' ').replace(/[: ]+$/, ''), values);
}

/** The sentence of `key`, its placeholders filled in; the key itself when there is none. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  return filled(all[key] ?? key, values);
}
