// Goal: what the form says of a box is true of the box as it is now.
import { expect, it } from 'vitest';
import { said } from './said';
import type { Finding } from '../lib/api/types';

const of = (code: string): Finding => ({ field: 'mother.name', strength: 'error', code, message: code });
const both = [of('required'), of('name_too_short'), { ...of('required'), field: 'mother.nik' }];

it('never says of a filled box that it is empty, though the last check found it so', () => {
  expect(said(both, 'mother.name', 'Halimah', true).map((f) => f.code)).toEqual(['name_too_short']);
});
it('says nothing of an empty box before its section was left', () => {
  expect(said(both, 'mother.name', '', false)).toEqual([]);
  expect(said(both, 'mother.name', '', true)).toHaveLength(2);
});
