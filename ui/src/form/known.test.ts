// The applicant is offered where a mother or father of that sex is asked for, and never as a witness.
import { expect, test } from 'vitest';
import { applicantIn, mayBeApplicant, personOf } from './known';

const woman = { 'applicant.name': 'Halimah Contoh', 'applicant.nik': '6305044107489901', 'applicant.birthDate': '1948-07-01' };
const man = { ...woman, 'applicant.nik': '6305040107489901' };

test('a woman is offered as mother, a man as father', () => {
  expect(['mother', 'father'].map((who) => mayBeApplicant(who, woman))).toEqual([true, false]);
  expect(['mother', 'father'].map((who) => mayBeApplicant(who, man))).toEqual([false, true]);
});

test('nobody is offered as witness, twice, or over an answer', () => {
  expect(['witness1', 'witness2', 'deceased', 'child', 'applicant'].filter((who) => mayBeApplicant(who, woman))).toEqual([]);
  expect(mayBeApplicant('mother', { ...woman, 'mother.name': 'Siti' })).toBe(false);
  expect(mayBeApplicant('members.0', { ...woman, 'mother.nik': woman['applicant.nik'] })).toBe(false);
  expect(mayBeApplicant('mother', { 'applicant.name': 'Halimah' })).toBe(false);
});

test('the applicant is copied without the beginning of the paths', () => {
  expect(applicantIn(woman)).toEqual({ name: 'Halimah Contoh', nik: '6305044107489901', birthDate: '1948-07-01' });
  expect(personOf('members.0.name')).toBe('members.0');
});
