// Help codes are the same here and in the local log, and each names one problem with a sentence of its own.
import { expect, test } from 'vitest';
import { known } from '../lib/texts';
import problems from '../../texts/id/problem.json';
import { helpCode, UNEXPECTED } from './code';

test('a help code is the same in the window and in the log', () => {
  // The same pairs stand in domain/src/problem.rs.
  expect(['internal', 'window', 'fork'].map(helpCode)).toEqual(['EM-22', 'KV-24', 'KX-11']);
});

test('no two problems share a help code', () => {
  const codes = [...Object.keys(problems).map((key) => key.replace('problem.', '')), 'window'].map(helpCode);
  expect(new Set(codes).size).toBe(codes.length);
});

test('the help screen says of each what to tell the Dinas', () => {
  expect(UNEXPECTED.filter((code) => !known(`help.code.${code}`))).toEqual([]);
});
