// The consent is short enough to be heard to its end, in every language it is read in.
import { expect, test } from 'vitest';
import counterTexts from '../../texts/id/handin.json';
import bjn from '../../texts/bjn/resident.json';
import en from '../../texts/en/resident.json';

/** ux.md 2.4: more is not listened to, and what was not heard was not agreed to. */
const WORDS_MAX = 80;
/** The longest that stand in its gaps: a name of six words, a service, an agency. */
const LONG = { name: 'Hj. Siti Nurul Aminah binti Abdul', service: 'KK baru: ganti kepala keluarga', agency: 'Disdukcapil Kabupaten Hulu Sungai Selatan' };

const texts = { id: counterTexts, bjn, en } as Record<string, Record<string, string>>;
const spoken = (text: string) => Object.entries(LONG).reduce((all, [gap, long]) => all.replaceAll(`{${gap}}`, long), text);

test.each(Object.keys(texts).filter((language) => texts[language]?.['consent.text']))('the consent in %s has at most 80 words', (language) => {
  const text = spoken(texts[language]?.['consent.text'] ?? '');
  expect(text).not.toContain('{');
  const words = text.split(/\s+/).filter(Boolean);
  expect(words.length).toBeGreaterThan(20);
  expect(words.length).toBeLessThanOrEqual(WORDS_MAX);
});
