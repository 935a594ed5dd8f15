// The second officer: what waits for one stands above the application, with the way to confirm it or to send it back; and the
// page "Dua petugas", where whoever changes the settings says which steps need one.
import { api, el, t } from "/officer/parts.js";

/** Statuses to look for beside those of the application itself. */
export const STATUSES = ["SECOND_WAITS", "SECOND_BACK"];

/** The form with the sentence that sends a proposal back, or that takes one's own back. */
function backForm(own, send, close) {
  const note = el("textarea", { name: "note", rows: "2", required: "" });
  const cancel = el("button", { type: "button" }, t("ask.cancel"));
  const form = el("form", { class: "stack narrow" }, el("label", {}, t(own ? "second.ask_own" : "second.ask"), note),
    el("div", { class: "row" }, el("button", { class: "first" }, t(own ? "second.take_back" : "second.send_back")), cancel));
  cancel.addEventListener("click", close);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(note.value);
  });
  return { form, note };
}

/**
 * The part above the answers, and what the keyboard does there. `me` is who is signed in, `right` whether the policy lets them
 * take the step; `run` calls a road, shows what is true afterwards and says `done`.
 */
export function secondPart(detail, me, right, run) {
  const one = detail.proposed;
  if (!one) return { nodes: [], keys: {} };
  const own = one.by === me;
  const road = `/applications/${detail.row.id}/second/${one.step}`;
  const place = el("div");
  const keys = {};
  const buttons = [];
  const button = (id, text, key, first, act) => {
    const made = el("button", { type: "button", id, class: first ? "first" : "" }, text, el("kbd", {}, key));
    made.addEventListener("click", act);
    buttons.push(made);
    return made;
  };
  if (right && !one.back) {
    if (!own) {
      const confirm = button("second-confirm", t("second.confirm"), "Alt+P", true, () => run(road, { seen: one.id }, t(`done.${one.step}`, detail.row)));
      // The key leads there and does not press it: what it does is not taken back.
      keys["Alt+P"] = () => confirm.focus();
    }
    const back = button("second-back", t(own ? "second.take_back" : "second.send_back"), "Alt+B", false, () => {
      const { form, note } = backForm(own, (words) => run(`${road}/back`, { seen: one.id, note: words }, t("second.done.back", detail.row)), () => { place.replaceChildren(); back.focus(); });
      place.replaceChildren(form);
      note.focus();
    });
    keys["Alt+B"] = () => back.click();
  }
  const hint = one.back ? t("second.again") : own ? t("second.yours") : t("second.hint");
  return {
    keys,
    nodes: [el("section", { class: "card look stack", id: "second" }, el("h2", {}, t(one.back ? "second.was_back" : "second.waits")), el("p", {}, one.told),
      el("p", { class: "hint" }, hint), ...(buttons.length ? [el("div", { class: "row" }, ...buttons)] : []), place)],
  };
}

/** What the queue says on top: what waits for this officer, and what came back to them. `look` lists it. */
export function secondFlags(me, look) {
  const flag = (id, count, key, status) => {
    if (!count) return [];
    const open = el("button", { type: "button" }, t("second.open"));
    open.addEventListener("click", () => look(status));
    return [el("p", { class: "flag", id }, t(key, { n: count }), " ", open)];
  };
  return [...flag("seconds", me.seconds, "second.mine", "SECOND_WAITS"), ...flag("seconds-back", me.seconds_back, "second.mine_back", "SECOND_BACK")];
}

/** The parts of the page of the rule. `attempt` says what goes wrong, `say` what went well. */
export async function rulePage(attempt, say) {
  const place = el("div", {});
  const draw = (now) => {
    const form = el("form", { class: "card stack" }, el("fieldset", {}, el("legend", {}, t("second.steps")), ...now.steps.map((step) => el("label", { class: "choice" },
      el("input", { type: "checkbox", name: "steps", value: step.code, ...(step.on ? { checked: "" } : {}) }), step.name))),
      el("div", { class: "row" }, el("button", { class: "first" }, t("second.save"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(async () => {
        draw(await api("POST", "/second", { steps: new FormData(form).getAll("steps"), seen: now.seen }));
        say(t("second.saved"));
      });
    });
    place.replaceChildren(...(now.waiting ? [el("p", { class: "flag" }, t("second.waiting", { n: now.waiting }))] : []), form);
  };
  draw(await api("GET", "/second"));
  return [el("h1", {}, t("second.title")), el("p", {}, t("second.intro")), place];
}
