// Numbers stay readable while they are typed, and nothing is kept that is not shown.
import { expect, test } from 'vitest';
import { collapsed, grouped, numLockOff, padded, typed } from './digits';

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
