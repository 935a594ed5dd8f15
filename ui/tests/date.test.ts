// Goal: dates typed the way people type them are understood, and the Enter order and NIK groups hold.
import { expect, test } from 'vitest';
import { echo, fromIso, spread, toIso } from '../src/lib/date';
import { caretAfter, decoded, grouped } from '../src/lib/digits';
import { next } from '../src/lib/order';

test.each(['29072026', '29/7/2026', '29 jul 2026', '29-7-2026'])('%s spreads itself', (typed) => {
  expect(toIso(spread(typed)!, false)).toBe('2026-07-29');
});
test('nopember and pebruari are months', () => {
  expect(toIso(spread('1 nopember 1950')!, false)).toBe('1950-11-01');
  expect(toIso(spread('1 peb 1950')!, false)).toBe('1950-02-01');
});
test('an unknown day or month stays unknown', () => {
  expect(toIso({ day: '', month: '3', year: '1948' }, true)).toBe('1948-03');
  expect(toIso({ day: '', month: '', year: '1948' }, true)).toBe('1948');
  expect(fromIso('1948-03')).toEqual({ day: '', month: '3', year: '1948' });
});
test('the weekday and the age are echoed, and 30 February is not', () => {
  expect(echo('1949-08-05', '2026-08-05')).toBe('Jumat, 5 Agustus 1949 (77 tahun)');
  expect(echo('2026-02-30', '2026-08-05')).toBe('');
});
test('a NIK is shown in fours and the caret stays behind the same digit', () => {
  expect(grouped('6305054508490001')).toBe('6305 0545 0849 0001');
  expect(caretAfter('63050', 5)).toBe(6);
  expect(decoded('6305054508490001', '2026-08-05')).toEqual({ sex: 'female', born: '5 Agustus 1949' });
});
test('Enter goes on and back, and a radio group is one stop', () => {
  const list = [{ type: 'text', name: 'a' }, { type: 'radio', name: 'b' }, { type: 'text', name: 'c' }];
  expect(next(list, { type: 'radio', name: 'b' }, 1)).toBe(list[2]);
  expect(next(list, list[1]!, -1)).toBe(list[0]);
  expect(next(list, list[2]!, 1)).toBeNull();
});
