// Numbers stay readable while they are typed, and nothing is kept that is not shown.
import { expect, test } from 'vitest';
import { collapsed, grouped, numLockOff, padded, phone, phoneTyped, typed } from './digits';

test('a digit put into the middle leaves the caret behind it', () => {
  expect(typed('63905 0441', 3)).toEqual({ shown: '6390 5044 1', kept: '639050441', caret: 3 });
  expect(typed('6305 90441', 6)).toEqual({ shown: '6305 9044 1', kept: '630590441', caret: 6 });
});

test('the caret at the end of a run stays at the end', () => {
  let box = { shown: '', kept: '', caret: 0 };
  for (const digit of '6305044107480001') box = typed(box.shown + digit, box.shown.length + 1);
  expect(box).toEqual({ shown: '6305 0441 0748 0001', kept: '6305044107480001', caret: 19 });
});

test('a pasted number loses its dots, and letters are neither shown nor kept', () => {
  expect(typed('63.05.04.410748.0001', 20).kept).toBe('6305044107480001');
  expect(typed('NIK 63a', 7)).toEqual({ shown: '63', kept: '63', caret: 2 });
  expect(grouped('63050')).toBe('6305 0');
});

test('RT is padded to three only when it is a number', () => {
  expect(['3', '12', '003', '', 'x'].map(padded)).toEqual(['003', '012', '003', '', 'x']);
});

test('a name keeps its letters and loses doubled spaces', () => {
  expect(collapsed('  Siti  nur   HALIZA ')).toBe('Siti nur HALIZA');
});

test('only a number pad without digits tells of Num Lock', () => {
  expect([numLockOff('Numpad4', 'ArrowLeft'), numLockOff('Numpad4', '4'), numLockOff('ArrowLeft', 'ArrowLeft'), numLockOff('NumpadEnter', 'Enter')]).toEqual([true, false, false, false]);
});

test('a telephone number is shown in groups while it is typed, the caret behind its digit', () => {
  let box = { shown: '', kept: '', caret: 0 };
  for (const digit of '081234567890') box = phoneTyped(box.shown + digit, box.shown.length + 1);
  expect(box).toEqual({ shown: '0812-3456-7890', kept: '081234567890', caret: 14 });
  expect(phoneTyped('08192-3456-789', 4)).toEqual({ shown: '0819-2345-6789', kept: '081923456789', caret: 4 });
});

test('however a number is written, the same number is kept, and a foreign one is left alone', () => {
  expect(['+6281234567890', '6281234567890', '081234567890'].map(phone)).toEqual(Array(3).fill('0812-3456-7890'));
  expect(phoneTyped('+62 812-3456-7890', 17)).toEqual({ shown: '0812-3456-7890', kept: '081234567890', caret: 14 });
  expect(phoneTyped('+60 12 345', 10)).toEqual({ shown: '+6012345', kept: '+6012345', caret: 8 });
  expect(phone('')).toBe('');
});
