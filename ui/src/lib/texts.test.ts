// Sentences show no name of a value they were not given.
import { expect, test } from 'vitest';
import { gapless } from './texts';

test('a problem is told without the places it has no value for', () => {
  expect(gapless('problem.not_found', {})).toBe('Tidak ditemukan.');
  expect(gapless('problem.not_found', { why: 'kosong {x}' })).toBe('Tidak ditemukan. kosong {x}');
  expect(gapless('problem.bad_request', {})).toBe('Isi berkas tidak terbaca');
});
