// Every answer and key has its sentence, and answers are found by any of their words.
import { expect, test } from 'vitest';
import { known } from '../lib/texts';
import { ANSWERS, find, KEYS } from './answers';

test('every answer and every key has its sentence', () => {
  const missing = [...ANSWERS.flatMap((a) => [`help.${a}.q`, `help.${a}.a`]), ...KEYS.map(([, what]) => `help.key.${what}`)].filter((k) => !known(k));
  expect(missing).toEqual([]);
});

test('answers are found by their words in any order', () => {
  expect(find('mati internet')).toContain('no_network');
  expect(find('zzz')).toEqual([]);
});
