// A digit or two letters are enough to find the service.
import { expect, test } from 'vitest';
import type { Elsewhere, Service } from '../lib/api/types';
import { elsewhere, pick } from './pick';

const one = (code: string, group: string, name: string) => ({ code, group, name, summary: '' }) as Service;
const services = [one('B', 'birth', 'Akta kelahiran'), one('L', 'ktp', 'KTP-el hilang'), one('D', 'ktp', 'KTP-el rusak'), one('K', 'kk', 'KK rusak')];
const codes = (text: string) => pick(services, text).map((s) => s.code);

test('a digit alone shows its group', () => {
  expect([codes('4'), codes('1'), codes('5')]).toEqual([['L', 'D'], ['B'], []]);
});

test('a word after the digit looks only inside the group', () => {
  expect([codes('4 rusak'), codes('rusak'), codes('')]).toEqual([['D'], ['D', 'K'], ['B', 'L', 'D', 'K']]);
});

test('what the Dinas takes itself is found by the word people use, and only then', () => {
  const all: Elsewhere[] = [{ code: 'M', name: 'Akta perkawinan', words: ['nikah'], sentence: '' }, { code: 'I', name: 'IKD', words: ['ktp digital'], sentence: '' }];
  const found = (text: string) => elsewhere(all, text).map((e) => e.code);
  expect([found('nik'), found('akta perk'), found('ktp dig'), found(''), found('4'), found('akta kel')]).toEqual([['M'], ['M'], ['I'], [], [], []]);
});
