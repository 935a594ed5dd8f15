// A digit or two letters are enough to find the service.
import { expect, test } from 'vitest';
import type { Service } from '../lib/api/types';
import { pick } from './pick';

const one = (code: string, group: string, name: string) => ({ code, group, name, summary: '' }) as Service;
const services = [one('B', 'birth', 'Akta kelahiran'), one('L', 'ktp', 'KTP-el hilang'), one('D', 'ktp', 'KTP-el rusak'), one('K', 'kk', 'KK rusak')];
const codes = (text: string) => pick(services, text).map((s) => s.code);

test('a digit alone shows its group', () => {
  expect([codes('4'), codes('1'), codes('5')]).toEqual([['L', 'D'], ['B'], []]);
});

test('a word after the digit looks only inside the group', () => {
  expect([codes('4 rusak'), codes('rusak'), codes('')]).toEqual([['D'], ['D', 'K'], ['B', 'L', 'D', 'K']]);
});
