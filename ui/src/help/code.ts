// Help codes: a problem's short name that can be said on the telephone, the same one the local log writes.

/** Letters and numbers of domain/src/problem.rs. */
const LETTERS = 'ABCDEFGHJKLMNPRTUVXY';
const START = 0x811c9dc5, FACTOR = 0x01000193;

/** Problems that nobody at the counter caused; `window` is one of the screens themselves. */
export const UNEXPECTED = ['internal', 'window', 'cannot_open', 'read_only', 'fork', 'feed_gap', 'paper_font', 'not_enrolled'];

/** `AX-31` for a problem's code, as domain/src/problem.rs computes it. */
export function helpCode(code: string): string {
  let hash = START;
  for (const byte of new TextEncoder().encode(code)) hash = Math.imul(hash ^ byte, FACTOR) >>> 0;
  const letter = (at: number) => LETTERS[at % LETTERS.length] ?? '';
  return `${letter(hash)}${letter(Math.floor(hash / 20))}-${String(Math.floor(hash / 400) % 100).padStart(2, '0')}`;
}
