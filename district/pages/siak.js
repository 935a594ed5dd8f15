// One application as it is typed into SIAK: field by field in the order of the form. Enter copies the answer that has the focus,
// Enter again goes on to the next one, so nothing is typed twice. Masked numbers are shown first, for a purpose (F4).
import { api, el, t } from "/officer/parts.js";
import { numbersBar, why } from "/officer/reveal.js";

/** Puts text into the clipboard of this computer. */
async function copy(text) {
  // Without TLS a browser has no clipboard of its own for a page: then a box that nobody sees is selected and copied.
  if (navigator.clipboard?.writeText) {
    try { return await navigator.clipboard.writeText(text); } catch { /* not permitted here: the other way */ }
  }
  const at = document.activeElement;
  const box = el("textarea", { class: "offscreen", "aria-hidden": "true", tabindex: "-1" });
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  at?.focus({ preventScroll: true });
  if (!done) throw { code: "siak_clipboard", details: {} };
}

/** One answer: its words, and the button that copies them. `told` hears what was done. */
function line(field, id, attempt, may, told) {
  let full = field.hidden ? null : field.value;
  const words = el("span", /\.(nik|kk|phone)$/i.test(field.path) ? { class: "code" } : {}, field.value);
  const button = el("button", { type: "button", "data-copy": field.path, "aria-label": t("siak.copy", field) }, t("siak.copy_short"));
  const row = el("tr", {}, el("th", { scope: "row" }, field.label), el("td", {}, words), el("td", {}, button));
  const show = (value) => {
    full = value;
    words.textContent = value ?? field.value;
  };
  if (field.hidden === "highest" && may("reveal.highest")) words.after(why(id, field.path, field.label, attempt, show));
  return {
    field, row, button, show,
    copied: () => row.classList.contains("copied"),
    act: () => attempt(async () => {
      if (full === null) throw { code: `siak_${field.hidden}`, details: field };
      await copy(full);
      row.classList.add("copied");
      button.textContent = t("siak.copied_short");
      button.setAttribute("aria-label", t("siak.copied", field));
      told(field);
    }),
  };
}

/** The parts of the page and its keys; `may` says what the policy lets this officer do, `say` what was done, `back` goes back. */
export async function siakPage(id, attempt, say, may, back) {
  const found = await api("GET", `/applications/${encodeURIComponent(id)}/siak`);
  const progress = el("p", { class: "hint" });
  const lines = found.fields.map((field) => line(field, id, attempt, may, (told) => { count(); say(t("siak.said", told)); }));
  const count = () => { progress.textContent = t("siak.progress", { n: lines.filter((one) => one.copied()).length, m: lines.length }); };
  count();
  const go = (at) => lines[at]?.button.focus();
  lines.forEach((one, at) => one.button.addEventListener("click", () => (one.copied() && lines[at + 1] && !one.again ? go(at + 1) : one.act())));
  // Whoever comes back to an answer wants it once more: only the key right after copying goes on.
  lines.forEach((one) => one.button.addEventListener("focus", () => { one.again = one.copied(); }));
  lines.forEach((one) => one.button.addEventListener("click", () => { one.again = false; }));
  const move = (by) => {
    const at = lines.findIndex((one) => one.button === document.activeElement);
    go(at < 0 ? 0 : Math.min(Math.max(at + by, 0), lines.length - 1));
  };
  const numbers = lines.filter((one) => one.field.hidden === "number");
  const bar = numbersBar({ id }, attempt, (values) => { for (const one of numbers) one.show(values[one.field.path] ?? null); });
  const shows = numbers.length > 0 && may("reveal.number");
  const sections = [...new Set(found.fields.map((field) => field.section))].map((title) => el("tbody", {}, el("tr", {}, el("td", { colspan: "3", class: "part" }, el("strong", {}, title))),
    ...lines.filter((one) => one.field.section === title).map((one) => one.row)));
  const heads = ["field", "value", "copy_short"].map((key) => el("th", { scope: "col" }, t(key === "copy_short" ? "siak.copy_short" : `opened.${key}`)));
  const away = el("button", { type: "button" }, t("siak.back"), el("kbd", {}, "Esc"));
  away.addEventListener("click", back);
  const head = el("div", { class: "row" }, el("h1", {}, `${t("siak.title")} · ${found.service} · `, el("span", { class: "code" }, found.number)), away);
  const nodes = [head, el("p", {}, t("siak.intro")), progress, ...(shows ? [bar.node] : []),
    lines.length ? el("section", { class: "card siak" }, el("table", { "aria-label": t("siak.title") }, el("thead", {}, el("tr", {}, ...heads)), ...sections)) : el("p", { class: "card" }, t("siak.none"))];
  return { nodes, keys: { ArrowDown: () => move(1), ArrowUp: () => move(-1), ...(shows ? { F4: bar.act } : {}) }, begin: () => go(0) };
}
