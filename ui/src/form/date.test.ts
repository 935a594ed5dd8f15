// Typed dates land where they belong.
import { expect, test } from 'vitest';
import { echo, isSeparator, iso, month, spread, unknown } from './date';

test('one typed run fills all three boxes', () => {
  for (const typed of ['29072026', '29/7/2026', '29 7 2026', '29.7.2026']) expect(spread(typed)).toEqual(['29', '7', '2026']);
  expect(spread('29')).toBeUndefined();
});

test('months are read by name as people write them', () => {
  expect(['agu', 'Agustus', 'agt', 'nop', 'pebruari', '8'].map(month)).toEqual([8, 8, 8, 11, 2, 8]);
});

test('unknown parts are left out of the kept date', () => {
  expect([iso('', '', '1948'), iso('', '3', '1948'), iso('5', 'mar', '1948'), iso('', '', '')]).toEqual(['1948', '1948-03', '1948-03-05', '']);
});

test('the weekday and the age are said back', () => {
  expect(echo('1949-08-05', '2026-11-23')).toContain('(77 tahun)');
  expect(echo('2026-02-31', '2026-11-23')).toBe('');
});

test('an unknown day or month names the date that stands in for it', () => {
  expect(unknown('1948')).toEqual({ part: 'month', written: '1 Juli 1948' });
  expect(unknown('1948-03')).toEqual({ part: 'day', written: '15 Maret 1948' });
  expect([unknown('1948-03-05'), unknown('1948-13'), unknown(''), unknown('-3-48')]).toEqual([undefined, undefined, undefined, undefined]);
});

test('every separator of the number pad leads on, a digit does not', () => {
  expect(['/', '.', '-', ',', '5', 'Enter'].map(isSeparator)).toEqual([true, true, true, true, false, false]);
});
