// Nothing typed is lost by a lock, not even what could not be saved.
import { expect, test, vi } from 'vitest';
import { hold, onLock, release, saveAll } from './flush';

test('what is open is saved before a lock, and no longer once it is closed', async () => {
  const save = vi.fn(() => Promise.resolve());
  const stop = onLock(save);
  await saveAll();
  stop();
  await saveAll();
  expect(save).toHaveBeenCalledTimes(1);
});

test('what could not be saved comes back once, for its own draft', () => {
  const unsaved = { fields: { 'applicant.name': 'Halimah Contoh' }, reasons: {}, missing: {} };
  hold('a', unsaved);
  expect(release('b')).toBeUndefined();
  expect(release('a')).toBe(unsaved);
  expect(release('a')).toBeUndefined();
});
