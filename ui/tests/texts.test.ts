// Goal: the counter's sentences keep the copy rules.
import { expect, test } from 'vitest';
import bjn from '../texts/bjn.json';
import en from '../texts/en.json';
import id from '../texts/id/counter.json';

test('no sentence uses a banned word', () => {
  const banned = /\b(error|invalid|submit|online|offline|ok)\b/i;
  expect(Object.values(id).filter((text) => banned.test(text))).toEqual([]);
});
test('translations answer known keys, and resident sentences have at most 12 words', () => {
  for (const key of [...Object.keys(en), ...Object.keys(bjn)].filter((one) => one !== '_draft')) expect(id).toHaveProperty([key]);
  const resident = Object.entries(id).filter(([key]) => /^readback\.(ask|which|yes|wrong|none)/.test(key)).flatMap(([, text]) => text.split(/[.?!]/));
  expect(resident.filter((one) => one.trim().split(/\s+/).length > 12)).toEqual([]);
});
