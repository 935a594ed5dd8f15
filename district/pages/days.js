// The sheets with which counters close their days, those that differ from the server's own view first.
import { el, t } from "/officer/parts.js";

const TONE = { same: "done", differs: "stop", waiting: "wait" };

function row(sheet) {
  const state = el("span", { class: `badge ${TONE[sheet.state]}` }, t(`days.${sheet.state}`));
  const notes = [...(sheet.late ? [t("days.late")] : []), ...sheet.differences];
  const cells = { day: sheet.day, office: sheet.office, computer: sheet.computer, taken: sheet.taken, printed: sheet.printed,
    waiting: t("days.only_there", sheet), state: [state, ...notes.map((n) => el("span", { class: "flag" }, n))] };
  return el("tr", {}, ...Object.entries(cells).map(([name, cell]) => el("td", { "data-label": t(`days.col_${name}`) }, ...[cell].flat().map((c) => (c instanceof Node ? c : String(c))))));
}

/** What the page shows under its heading. */
export function daysPage(sheets) {
  if (!sheets.length) return [el("p", { class: "card" }, t("days.none"))];
  const names = ["day", "office", "computer", "taken", "printed", "waiting", "state"];
  const head = el("thead", {}, el("tr", {}, ...names.map((n) => el("th", { scope: "col" }, t(`days.col_${n}`)))));
  return [el("p", { class: "hint" }, t("days.hint")), el("table", { class: "queue", "aria-label": t("days.title") }, head, el("tbody", {}, ...sheets.map(row)))];
}
