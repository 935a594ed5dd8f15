// What was shown after somebody said why: held for so long as Rust said, and gone when the screen is.
import type { Fields, Revealed } from './api/types';

/** Purposes for NIK and KK numbers at a counter; the first is what nearly always holds (domain/src/masked.rs). */
export const PURPOSES = ['serving', 'correction', 'complaint'];
/** Purposes of the highest class; none is chosen beforehand. */
export const HIGHEST = ['needed_now', 'resident_asked', 'law_asked'];

/** Answers in full that stand on a screen now; `told` hears each change. */
export class Seen {
  #values: Fields = {};
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private told: (values: Fields) => void) {}

  /** Shows what came, and takes it away when its time is over. */
  show({ values, seconds }: Revealed) {
    this.#values = { ...this.#values, ...values };
    this.told(this.#values);
    for (const path of Object.keys(values)) {
      clearTimeout(this.#timers.get(path));
      this.#timers.set(path, setTimeout(() => this.hide([path]), seconds * 1000));
    }
  }

  /** Masks these again; all of them when none is named. */
  hide(paths = Object.keys(this.#values)) {
    for (const path of paths) { clearTimeout(this.#timers.get(path)); this.#timers.delete(path); }
    this.#values = Object.fromEntries(Object.entries(this.#values).filter(([path]) => !paths.includes(path)));
    this.told(this.#values);
  }
}
