// "Layanan dan syarat": services offered, papers this district asks for, edition of the forms, and a sentence for counters and
// families. Counters get it signed with their next answer.
import { api, el, t } from "/officer/parts.js";

const NOTICES = ["notice_counter", "notice_family"];

/** One box for each service or paper, ticked where it holds. */
function switches(group, rows) {
  return el("fieldset", {}, el("legend", {}, t(`offered.${group}`)), ...rows.map((row) => el("label", { class: "choice" },
    el("input", { type: "checkbox", name: group, value: row.code, ...(row.on ? { checked: "" } : {}) }),
    el("span", {}, row.name, ...(row.hint ? [el("span", { class: "hint block" }, t("offered.asked_in", row))] : [])))));
}

/** What the form says, as the server takes it. */
function said(form, seen) {
  const all = new FormData(form);
  const one = (name) => all.get(name);
  return { services: all.getAll("services"), extras: all.getAll("extras"), edition: one("edition"), ...Object.fromEntries(NOTICES.map((name) => [name, one(name)])), seen };
}

/** The parts of the page. `attempt` says what goes wrong, `say` what went well. */
export async function offeredPage(attempt, say) {
  const place = el("div", {});
  const draw = (now) => {
    const edition = el("select", { name: "edition", id: "edition" }, ...now.editions.map((code) => el("option", { value: code }, code)));
    edition.value = now.edition;
    const form = el("form", { class: "card stack" }, switches("services", now.services), switches("extras", now.extras),
      el("label", {}, t("offered.edition"), edition),
      ...NOTICES.map((name) => el("label", {}, t(`offered.${name}`), el("input", { name, maxlength: "120", autocomplete: "off", value: now[name] }))),
      el("div", { class: "row" }, el("button", { class: "first" }, t("standards.save"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(async () => {
        draw(await api("POST", "/offered", said(form, now.seen)));
        say(t("standards.saved"));
      });
    });
    place.replaceChildren(el("p", { class: "hint" }, now.since ? t("standards.since", now) : t("standards.never")), form);
  };
  draw(await api("GET", "/offered"));
  return [el("h1", {}, t("offered.title")), el("p", {}, t("offered.intro")), place];
}
