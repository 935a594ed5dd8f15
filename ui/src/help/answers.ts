// What the help screen answers and which keys there are; the words are in ui/texts/id/help.json.
import { known, t } from '../lib/texts';

/** Answers that exist; a test fails when one has no sentence. */
export const ANSWERS = ['birth_date', 'no_network', 'wrong_sent', 'no_phone', 'unreadable', 'printer', 'lost_receipt', 'power', 'returned', 'no_papers', 'clock', 'passphrase'];
/** Keys of ux.md 1.6. */
export const KEYS: [string, string][] = [
  ['Enter', 'next'], ['Shift+Enter', 'back'], ['Ctrl+Enter', 'section'], ['Alt+1 … 9', 'jump'], ['F2', 'new'], ['F3', 'search'], ['F6', 'region'],
  ['F4', 'reveal'], ['F8', 'read'], ['F9', 'scan'], ['Ctrl+P', 'print'], ['Ctrl+S', 'save'], ['Ctrl+D', 'again'], ['Ctrl+Z', 'undo'], ['Ctrl+L', 'lock'], ['F1', 'help'], ['Esc', 'close'],
];

/** Answers whose question or text has every word of `text`. */
export function find(text: string): string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return ANSWERS.filter((a) => known(`help.${a}.q`) && words.every((w) => `${t(`help.${a}.q`)} ${t(`help.${a}.a`)}`.toLowerCase().includes(w)));
}
