// What is masked in an opened application: one key shows its numbers, for a purpose that is written down; the highest class
// comes one at a time, for a purpose that has to be chosen. Both go again by themselves.
import { api, el, t } from "/officer/parts.js";

/** Purposes of the numbers, the usual one first, and of the highest class (domain/src/masked.rs). */
const PURPOSES = ["siak", "correction", "complaint", "request"];
const HIGHEST = ["needed_now", "resident_asked", "law_asked"];

const options = (all) => all.map((purpose) => el("option", { value: purpose }, t(`reveal.purpose.${purpose}`)));
const clock = (seconds) => new Date(Date.now() + seconds * 1000).toTimeString().slice(0, 5).replace(":", ".");

/** The bar above the answers and what its key does. `change` hears the numbers by path, and `{}` when they are masked. */
export function numbersBar({ id, held }, attempt, change) {
  const text = el("span", { role: "status" }, t("reveal.masked"));
  const purpose = el("select", {}, ...options(held ? ["request"] : PURPOSES));
  const label = el("label", {}, t("reveal.for"), purpose);
  const word = el("span", {}, t("reveal.show"));
  const button = el("button", { type: "button", id: "reveal" }, word, " ", el("kbd", {}, "F4"));
  let timer = 0;
  function masked() {
    clearTimeout(timer);
    timer = 0;
    [text.textContent, word.textContent, label.hidden] = [t("reveal.masked"), t("reveal.show"), false];
    change({});
  }
  const act = () => (timer ? masked() : attempt(async () => {
    const shown = await api("POST", `/applications/${id}/reveal/number`, { purpose: purpose.value });
    timer = setTimeout(masked, shown.seconds * 1000);
    [text.textContent, word.textContent, label.hidden] = [t("reveal.shown", { time: clock(shown.seconds) }), t("reveal.hide"), true];
    change(shown.values);
  }));
  button.addEventListener("click", act);
  return { node: el("div", { class: "row masked" }, text, label, button), act };
}

/** Asks why something of the highest class, called `name`, is to be seen. `show` gets what came, and `null` at its end. */
export function why(id, what, name, attempt, show) {
  const place = el("span", { class: "masked" });
  const closed = () => {
    const button = el("button", { type: "button", class: "why", "aria-label": t("reveal.highest_of", { name }) }, t("reveal.highest"));
    button.addEventListener("click", asking);
    place.replaceChildren(button);
  };
  function asking() {
    const purpose = el("select", { "aria-label": t("reveal.for") }, el("option", { value: "" }, t("reveal.choose")), ...options(HIGHEST));
    const button = el("button", { type: "button" }, t("reveal.show"));
    button.addEventListener("click", () => purpose.value && attempt(async () => {
      const shown = await api("POST", `/applications/${id}/reveal/highest`, { purpose: purpose.value, what });
      place.replaceChildren();
      show(shown.values[what] ?? "");
      setTimeout(() => { show(null); closed(); }, shown.seconds * 1000);
    }));
    place.replaceChildren(purpose, button);
    purpose.focus();
  }
  closed();
  return place;
}
