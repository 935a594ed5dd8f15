// Locks a screen that nobody touches: a warning first, so that a clerk who only reads can stay.

/** Five minutes, the middle of what a supervisor may choose (ux.md 1.13). */
export const IDLE_MS = 5 * 60_000;
/** WCAG 2.2.1 asks for at least 20 s of warning. */
export const WARN_MS = 30_000;

/** Starts watching; returns what to call on every sign of life, and how to stop. */
export function watch(warn: (soon: boolean) => void, lock: () => void, idle = IDLE_MS) {
  let warning: ReturnType<typeof setTimeout>, locking: ReturnType<typeof setTimeout>;
  const stop = () => { clearTimeout(warning); clearTimeout(locking); };
  const alive = () => {
    stop();
    warn(false);
    warning = setTimeout(() => warn(true), idle - WARN_MS);
    locking = setTimeout(lock, idle);
  };
  alive();
  return { alive, stop };
}
