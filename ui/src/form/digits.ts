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

/** A telephone number as it is said: `+6281234567890` and `081234567890` are `0812-3456-7890`; foreign ones stay as typed. */
export function phone(text: string): string {
  const local = text.replace(/^\+?62(?=\d)/, '0');
  if (local.startsWith('+')) return local;
  return local.replace(/\D/g, '').replace(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1-');
}

/** Cleans a telephone number while it is typed; the caret stays behind the same digit. */
export function phoneTyped(text: string, caret: number): Typed {
  const clean = (part: string) => part.replace(/[^\d+]/g, '').replace(/(?!^)\+/g, '');
  const [whole, before] = [clean(text), clean(text.slice(0, caret))];
  const shown = phone(whole);
  if (shown.startsWith('+')) return { shown, kept: shown, caret: before.length };
  const kept = shown.replace(/\D/g, '');
  // A leading 62 or +62 became 0: the caret moves by what was lost in front of it.
  const at = Math.max(0, before.length - (whole.length - kept.length));
  return { shown, kept, caret: at + Math.max(0, Math.ceil(at / GROUP) - 1) };
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
