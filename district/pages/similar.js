// What may be the same application, handed in twice: both side by side, and a person decides. It stands in the log of both.
import { api, el, t, table } from "/officer/parts.js";

/** The section above the answers; empty while nothing was found. `may` says whether this officer may decide. */
export function similar(id, may, attempt, say) {
  const place = el("div", { id: "similar" });
  const fill = (found) => {
    place.replaceChildren(...(found.length ? [el("section", { class: "card look stack" }, el("h2", {}, t("similar.title", { n: found.length })), ...found.map(one))] : []));
  };
  const one = (other) => {
    const choose = (same) => {
      const button = el("button", { type: "button", "data-same": String(same) }, t(same ? "similar.same" : "similar.different", other));
      button.addEventListener("click", () => attempt(async () => {
        fill(await api("POST", `/applications/${id}/similar/${other.id}`, { same }));
        say(t(same ? "similar.said_same" : "similar.said_different", other));
      }));
      return button;
    };
    const heads = [t("similar.fact"), t("similar.here"), other.number];
    return el("article", { class: "stack" },
      el("p", {}, el("a", { href: `#${other.id}`, class: "code" }, other.number), ` · ${other.status} · ${other.office} · ${other.day} · `, el("strong", {}, other.why.join(", "))),
      table(t("similar.beside", other), heads, other.facts.map((f) => [f.label, f.here || "–", f.there || "–"])),
      ...(may ? [el("div", { class: "row" }, choose(false), choose(true))] : []));
  };
  attempt(async () => fill(await api("GET", `/applications/${id}/similar`)));
  return place;
}
