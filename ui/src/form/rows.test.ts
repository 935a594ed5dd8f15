// Goal: a row taken out is gone whole, the later ones move up whole, and nothing else changes.
import { expect, test } from 'vitest';
import { without } from './rows';

const kept = { 'members.0.name': 'A', 'members.0.nik': '1', 'members.1.name': 'B', 'members.2.name': 'C', 'members.2.shdk': 'child', 'move.kind': 'head' };
const after = (row: number) => {
  const now: Record<string, string> = { ...kept };
  for (const [path, value] of without(kept, 'members', row)) if (value) now[path] = value; else delete now[path];
  return now;
};

test('later rows move up with everything they say', () => {
  expect(after(0)).toEqual({ 'members.0.name': 'B', 'members.1.name': 'C', 'members.1.shdk': 'child', 'move.kind': 'head' });
  expect(after(1)).toEqual({ 'members.0.name': 'A', 'members.0.nik': '1', 'members.1.name': 'C', 'members.1.shdk': 'child', 'move.kind': 'head' });
});

test('the last row and one that was never filled only go', () => {
  expect(after(2)).toEqual({ 'members.0.name': 'A', 'members.0.nik': '1', 'members.1.name': 'B', 'move.kind': 'head' });
  expect(after(3)).toEqual(kept);
});
