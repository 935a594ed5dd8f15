// What hangs on a hidden answer is hidden; sections that follow a list have its rows.
import { expect, test } from 'vitest';
import type { Application, Field, Section, Service } from '../lib/api/types';
import { draw, rowCount, visible } from './conditions';

const field = (path: string, when: Field['when'] = null) => ({ path, when }) as Field;
const section = (fields: Field[], repeat: Section['repeat'] = null) => ({ id: 's', title: '', fields, repeat, when: null }) as Section;
const said = (fields: Record<string, string>): Application => ({ service: 'X', fields });
const repeat = { path: 'members', title: '', min: 1, max: 3, follows: false };

test('what hangs on a hidden answer is hidden too', () => {
  const service = { sections: [section([field('a'), field('b', { field: 'a', is: ['yes'] }), field('c', { field: 'b', filled: true })])] } as Service;
  const seen = (fields: Record<string, string>) => Object.keys(visible(service, said(fields), '2026-11-23').fields);
  expect([seen({ a: 'yes', b: 'x', c: 'y' }), seen({ a: 'no', b: 'x', c: 'y' }), seen({ b: 'x', elsewhere: 'z' })]).toEqual([['a', 'b', 'c'], ['a'], []]);
});

test('rows are as many as were begun, and never more than the form holds', () => {
  const s = section([field('members.*.name')], repeat);
  expect([rowCount(s, said({})), rowCount(s, said({ 'members.1.sex': 'male' })), rowCount(s, said({}), 9)]).toEqual([1, 2, 3]);
});

test('a condition inside a row looks at its own row', () => {
  const s = section([field('members.*.sex'), field('members.*.note', { field: 'members.*.sex', is: ['male'] })], repeat);
  const paths = draw(s, said({ 'members.0.sex': 'female', 'members.1.sex': 'male' }), '2026-11-23').map((d) => d.field.path);
  expect(paths).toEqual(['members.0.sex', 'members.1.sex', 'members.1.note']);
});
