// Several services of one visit ("3 in 1"): where each of them stands, the way to it, and one press that takes all that wait.
import { api, el, t } from "/officer/parts.js";

/** The section above the answers; empty where the application is alone. `may` says whether this officer may take. */
export function visit(id, may, attempt, say, badge) {
  const place = el("div", { id: "visit" });
  const fill = (rows) => {
    const one = (row) => el("li", row.id === id ? { "aria-current": "true" } : {}, row.id === id ? el("strong", {}, row.service) : el("a", { href: `#${row.id}` }, row.service),
      " ", el("span", { class: "code" }, row.number), ` · ${row.subject} `, badge(row));
    const waiting = rows.filter((row) => row.status === "SUBMITTED" && !row.held);
    const take = el("button", { type: "button", id: "take-visit" }, t("visit.take", { n: waiting.length }));
    take.addEventListener("click", () => attempt(async () => {
      fill(await api("POST", `/applications/${id}/visit/take`));
      say(t("visit.taken", { n: waiting.length }));
    }));
    place.replaceChildren(...(rows.length ? [el("section", { class: "card look stack" }, el("h2", {}, t("visit.title", { n: rows.length })), el("ol", {}, ...rows.map(one)),
      ...(may && waiting.length > 1 ? [el("div", { class: "row" }, take)] : []))] : []));
  };
  attempt(async () => fill(await api("GET", `/applications/${id}/visit`)));
  return place;
}
