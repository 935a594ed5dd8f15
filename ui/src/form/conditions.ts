// Which questions are shown, after domain/src/shown.rs. The office checks again; this only draws.
import type { Application, Condition, Field, Section, Service } from '../lib/api/types';

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

/** Rows of a repeated section: as many as were begun or asked for, within what it allows. */
export function rowCount(section: Section, application: Application, added = 0): number {
  if (!section.repeat) return 1;
  const prefix = `${section.repeat.path}.`;
  const begun = Object.keys(application.fields).filter((p) => p.startsWith(prefix)).map((p) => Number(p.slice(prefix.length).split('.')[0]) + 1);
  return Math.min(Math.max(section.repeat.min, added, ...begun), section.repeat.max);
}

export interface Drawn { row: number; field: Field }

/** The questions of one section, row by row, with `*` made a number. */
export function draw(section: Section, application: Application, today: string, added = 0): Drawn[] {
  const out: Drawn[] = [];
  for (let row = 0; row < rowCount(section, application, added); row++)
    for (const f of section.fields) {
      const when = f.when ? { ...f.when, field: f.when.field?.replace('*', String(row)) ?? null } : null;
      if (holds(when, application, today)) out.push({ row, field: { ...f, path: f.path.replace('*', String(row)) } });
    }
  return out;
}

/** How deep conditions hang on each other at most, as in domain/src/shown.rs. */
const DEPTH_MAX = 5;

/** The application without answers that are not shown: what hangs on a hidden answer is hidden too. */
export function visible(service: Service, application: Application, today: string): Application {
  let seen = application;
  for (let i = 0; i < DEPTH_MAX; i++) {
    const shown = service.sections.filter((s) => holds(s.when, seen, today)).flatMap((s) => draw(s, seen, today).map((d) => d.field.path));
    const fields = Object.fromEntries(Object.entries(application.fields).filter(([path]) => shown.includes(path)));
    if (Object.keys(fields).length === Object.keys(seen.fields).length) return { ...application, fields };
    seen = { ...application, fields };
  }
  return seen;
}
