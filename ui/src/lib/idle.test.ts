// The screen warns before it locks, and any key keeps it open.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IDLE_MS, WARN_MS, watch } from './idle';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

test('it warns half a minute before it locks, and a key keeps it open', () => {
  const seen: string[] = [];
  const idle = watch((soon) => seen.push(soon ? 'warned' : 'calm'), () => seen.push('locked'));
  vi.advanceTimersByTime(IDLE_MS - WARN_MS);
  expect(seen.at(-1)).toBe('warned');
  idle.alive();
  vi.advanceTimersByTime(WARN_MS);
  expect(seen.at(-1)).toBe('calm');
  vi.advanceTimersByTime(IDLE_MS);
  expect(seen.at(-1)).toBe('locked');
});
