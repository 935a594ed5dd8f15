// Which questions are shown, after domain/src/shown.rs. The office checks again; this only draws.
import type { Application, Condition } from '../lib/api/types';

const years = (birth: string, today: string) => {
  const [y = 0, m = 7, d = 1] = birth.split('-').map(Number);
  const [ty = 0, tm = 1, td = 1] = today.split('-').map(Number);
  return ty - y - (tm < m || (tm === m && td < d) ? 1 : 0);
};

/** Whether `condition` holds; none always holds. */
export function holds(condition: Condition | null | undefined, application: Application, today: string): boolean {
  if (!condition) return true;
  if (condition.variant?.length && !condition.variant.includes(application.variant ?? '')) return false;
  if (!condition.field) return true;
  const value = application.fields[condition.field] ?? '';
  if (condition.is?.length && !condition.is.includes(value)) return false;
  if (condition.is_not?.length && (!value || condition.is_not.includes(value))) return false;
  if (condition.filled != null && condition.filled !== (value !== '')) return false;
  if (condition.years_min != null && !(value && years(value, today) >= condition.years_min)) return false;
  return !(condition.years_below != null && !(value && years(value, today) < condition.years_below));
}
