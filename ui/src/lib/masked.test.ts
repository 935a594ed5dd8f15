// What was shown goes again by itself, each answer in its own time.
import { afterEach, expect, test, vi } from 'vitest';
import type { Fields } from './api/types';
import { known } from './texts';
import { HIGHEST, PURPOSES, Seen } from './masked';

afterEach(() => { vi.useRealTimers(); });

test('numbers and an answer of the highest class are masked again, each after its own time', () => {
  vi.useFakeTimers();
  let now: Fields = {};
  const seen = new Seen((values) => { now = values; });
  seen.show({ values: { 'applicant.nik': '1', 'applicant.kk': '2' }, seconds: 300 });
  seen.show({ values: { 'deceased.cause': 'x' }, seconds: 60 });
  vi.advanceTimersByTime(60_000);
  expect(now).toEqual({ 'applicant.nik': '1', 'applicant.kk': '2' });
  vi.advanceTimersByTime(240_000);
  expect(now).toEqual({});
});

test('what is shown again stays its whole time, and what is hidden is gone at once', () => {
  vi.useFakeTimers();
  let now: Fields = {};
  const seen = new Seen((values) => { now = values; });
  seen.show({ values: { nik: '1' }, seconds: 300 });
  vi.advanceTimersByTime(299_000);
  seen.show({ values: { nik: '1' }, seconds: 300 });
  vi.advanceTimersByTime(299_000);
  expect(now).toEqual({ nik: '1' });
  seen.hide();
  expect(now).toEqual({});
  expect(vi.getTimerCount()).toBe(0);
});

test('every purpose has words', () => {
  expect([...PURPOSES, ...HIGHEST].filter((p) => !known(`reveal.purpose.${p}`))).toEqual([]);
});
