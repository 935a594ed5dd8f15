// Goal: a long list is answered with a few letters, and only with what stands in it.
import { expect, test } from 'vitest';
import { matching, meant } from './choices';

const list = ['Petani/Pekebun', 'Buruh Tani/Perkebunan', 'Peternak', 'Pedagang', 'Perdagangan', 'Guru', 'Tukang Batu', 'Tukang Kayu']
  .map((label, i) => ({ key: `o${i}`, label }));
const labels = (text: string) => matching(list, text).map((e) => e.label);

test('letters begin a word of the label, and what begins with them comes first', () => {
  expect(labels('pe')[0]).toBe('Petani/Pekebun');
  expect(labels('tani')).toEqual(['Buruh Tani/Perkebunan']);
  expect(labels('TUKANG k')).toEqual(['Tukang Kayu']);
  expect(labels('')).toEqual([]);
  expect(labels('xyz')).toEqual([]);
});

test('only a label or letters that fit one entry mean it', () => {
  expect(meant(list, 'gur')?.label).toBe('Guru');
  expect(meant(list, 'pedagang')?.label).toBe('Pedagang');
  expect(meant(list, 'tukang')).toBeUndefined();
  expect(meant(list, 'astronot')).toBeUndefined();
});
