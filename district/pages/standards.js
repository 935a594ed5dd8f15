// "Janji layanan": hours, holidays, numbers and promised days of this district. Counters get them signed with their next answer.
import { api, el, t } from "/officer/parts.js";

const LINES = ["office_hours", "hotline", "hotline_hours"];

/** One box of days per service or kind, with what is usual beside it. */
function daysOf(group, rows, least) {
  return el("fieldset", {}, el("legend", {}, t(`standards.${group}`)), ...rows.map((row) => el("label", {}, row.name,
    el("input", { type: "number", name: `${group}.${row.code}`, min: String(least), max: "65", required: "", value: String(row.days), "aria-describedby": `usual-${row.code}` }),
    el("span", { class: "hint", id: `usual-${row.code}` }, t("standards.usual", row)))));
}

/** What the form says, as the server takes it. */
function said(form, seen) {
  const all = Object.fromEntries(new FormData(form));
  const group = (name) => Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith(`${name}.`)).map(([key, value]) => [key.slice(name.length + 1), Number(value)]));
  const lines = Object.fromEntries(LINES.map((name) => [name, all[name]]));
  return { ...lines, holidays: all.holidays.split(/\s+/).filter(Boolean), services: group("services"), complaints: group("complaints"), seen };
}

/** The parts of the page. `attempt` says what goes wrong, `say` what went well. */
export async function standardsPage(attempt, say) {
  const place = el("div", {});
  const draw = (now) => {
    const form = el("form", { class: "card stack" },
      ...LINES.map((name) => el("label", {}, t(`standards.${name}`), el("input", { name, maxlength: "120", autocomplete: "off", value: now[name] }))),
      el("label", {}, t("standards.holidays"), el("textarea", { name: "holidays", rows: "4", "aria-describedby": "holidays-hint" }, now.holidays.join("\n"))),
      el("p", { class: "hint", id: "holidays-hint" }, t("standards.holidays_hint")),
      daysOf("services", now.services, 0), daysOf("complaints", now.complaints, 1),
      el("div", { class: "row" }, el("button", { class: "first" }, t("standards.save"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(async () => {
        draw(await api("POST", "/standards", said(form, now.seen)));
        say(t("standards.saved"));
      });
    });
    place.replaceChildren(el("p", { class: "hint" }, now.since ? t("standards.since", now) : t("standards.never")), form);
  };
  draw(await api("GET", "/standards"));
  return [el("h1", {}, t("standards.title")), el("p", {}, t("standards.intro")), place];
}
