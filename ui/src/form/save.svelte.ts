// Autosave: only what changed, one save at a time, and what a failed save carried is sent again with the next.
import { api, sentence, type Draft } from '../lib/api';
import { hold, onLock, release, type Unsaved } from '../lib/flush';

/** After the last keystroke: short enough that a killed process loses less than a second. */
const SAVE_AFTER_MS = 400;
type Kind = keyof Unsaved;

export class Saver {
  problem = $state('');
  /** Something typed is not in the database yet. */
  waiting = $state(false);
  #pending: Unsaved = { fields: {}, reasons: {}, missing: {} };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(private draft: () => Draft, private section: () => string, private field: () => string) {}

  /** Answers that a failed save still holds. */
  unsaved = $state(0);

  put(kind: Kind, path: string, value: string) {
    this.#pending[kind][path] = value;
    this.waiting = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.now(), SAVE_AFTER_MS);
  }

  /** From here on a lock saves first. What an earlier lock could not save is typed in again. Gives what ends it. */
  begin(typed: (kind: Kind, path: string, value: string) => void): () => void {
    const left = release(this.draft().id);
    for (const kind of ['fields', 'reasons', 'missing'] as const) for (const [path, value] of Object.entries(left?.[kind] ?? {})) typed(kind, path, value);
    const stop = onLock(() => this.now());
    const { id } = this.draft();
    return () => { stop(); clearTimeout(this.#timer); if (this.#count()) hold(id, this.#pending); };
  }

  now(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running = this.#running.then(() => this.#send());
    return this.#running;
  }

  async #send() {
    const sent = this.#pending;
    const draft = this.draft();
    this.#pending = { fields: {}, reasons: {}, missing: {} };
    try {
      const saved = await api.save({ draft: draft.id, ...sent, section: this.section(), field: this.field() });
      draft.saved_at = saved.saved_at;
      draft.findings = saved.findings;
      draft.sections = saved.sections;
      this.problem = '';
      this.unsaved = this.#count();
      this.waiting = this.unsaved > 0;
    } catch (e) {
      for (const kind of ['fields', 'reasons', 'missing'] as const) this.#pending[kind] = { ...sent[kind], ...this.#pending[kind] };
      this.unsaved = this.#count();
      this.problem = sentence(e);
    }
  }

  #count(): number {
    return Object.values(this.#pending).reduce((n, f) => n + Object.keys(f).length, 0);
  }
}
