// People the form already knows: who may be the applicant, and what is filled in from whom.
import type { Fields } from '../lib/api/types';

/** Digits of a whole NIK: it names one person. */
export const NIK_DIGITS = 16;
/** A woman's NIK has 40 added to the day of birth (digits 7 and 8). */
const FEMALE_FROM = 41;
/** Never the applicant: witnesses may not be, the dead and the newborn cannot be, and the applicant is. */
const NEVER = /^(applicant|witness\d|deceased|child|helper)$/;

/** Beginning of the path of a person's name: `mother` of `mother.name`. */
export const personOf = (path: string) => path.slice(0, path.lastIndexOf('.'));

/** Whether "sama dengan pemohon" is offered for the person whose paths begin with `start`. */
export function mayBeApplicant(start: string, fields: Fields): boolean {
  const nik = fields['applicant.nik'] ?? '';
  if (NEVER.test(start) || !fields['applicant.name'] || nik.length !== NIK_DIGITS || fields[`${start}.nik`] || fields[`${start}.name`]) return false;
  if (Object.entries(fields).some(([path, value]) => path.endsWith('.nik') && !path.startsWith('applicant.') && value === nik)) return false;
  const female = Number(nik.slice(6, 8)) >= FEMALE_FROM;
  return start === 'mother' ? female : start === 'father' ? !female : true;
}

/** The applicant as somebody a form can be filled with. */
export const applicantIn = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([path]) => path.startsWith('applicant.')).map(([path, value]) => [path.slice('applicant.'.length), value]));
