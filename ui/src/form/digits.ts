// Long numbers as they are typed: shown in fours, kept as digits, the caret staying where the officer left it.

/** Digits in one group of a NIK or KK number, as they are read out loud. */
const GROUP = 4;
/** Digits of an RT or RW on every form of Permendagri 109/2019. */
const RT_DIGITS = 3;

/** What a box shows, what is kept, and where its caret stands after `text` was typed or pasted with the caret at `caret`. */
export interface Typed { shown: string; kept: string; caret: number }

/** Digits in groups of four: `6305 0441 0748 0001`. */
export function grouped(text: string): string {
  return text.replace(/\D/g, '').replace(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1 ');
}

/** Cleans what is in the box; only what is shown is kept. The caret stays behind the same digit. */
export function typed(text: string, caret: number): Typed {
  const kept = text.replace(/\D/g, '');
  const before = text.slice(0, caret).replace(/\D/g, '').length;
  return { shown: grouped(kept), kept, caret: before + Math.max(0, Math.ceil(before / GROUP) - 1) };
}

/** RT and RW as the forms print them: `3` is `003`; what is no number, or longer, stays. */
export function padded(text: string): string {
  const digits = text.trim();
  return /^\d+$/.test(digits) ? digits.padStart(RT_DIGITS, '0') : digits;
}

/** A name with its letters as typed, without doubled spaces and spaces at the ends. */
export function collapsed(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** Whether a key of the number pad arrived without its digit: Num Lock is off. */
export function numLockOff(code: string, key: string): boolean {
  return /^Numpad\d$/.test(code) && !/^\d$/.test(key);
}
