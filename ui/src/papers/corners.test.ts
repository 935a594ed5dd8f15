// A corner follows the pointer and the arrow keys, and never leaves the picture.
import { expect, test } from 'vitest';
import { held, moved } from './corners';

const box = { left: 100, top: 50, width: 200, height: 400 };

test('an arrow moves a corner by one pixel of the shown picture, Shift by ten', () => {
  expect(moved([0.5, 0.5], 'ArrowRight', false, box)).toEqual([0.505, 0.5]);
  expect(moved([0.5, 0.5], 'ArrowUp', true, box)).toEqual([0.5, 0.475]);
  expect(moved([0.5, 0.5], 'Enter', false, box)).toBeNull();
});

test('no corner leaves the picture', () => {
  expect(moved([0, 1], 'ArrowLeft', true, box)).toEqual([0, 1]);
  expect(moved([0, 1], 'ArrowDown', false, box)).toEqual([0, 1]);
  expect(held(90, 600, box)).toEqual([0, 1]);
  expect(held(200, 150, box)).toEqual([0.5, 0.25]);
});
