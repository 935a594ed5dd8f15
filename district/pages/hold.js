// Holding processing back at a person's request: what stands above an application that is held, and the ways to hold it and
// to let it go on, for whoever may.
import { api, el, t } from "/officer/parts.js";

/** The oldest application that waits and is not held back; nothing when there is none. */
async function nextWaiting() {
  for (let page = 0; ; page += 1) {
    const { rows } = await api("GET", `/applications?status=SUBMITTED&page=${page}`);
    const next = rows.find((row) => !row.held);
    if (next || rows.length === 0) return next;
  }
}

/** Takes it, opens it and says so in `said`. */
export async function takeNext(said) {
  const next = await nextWaiting();
  if (!next) {
    said.textContent = t("desk.none_waiting");
    return;
  }
  await api("POST", `/applications/${next.id}/take`, {});
  location.hash = next.id;
  said.textContent = t("done.take", next);
}

/** The form with the words that go with a step; `send` gets them. */
function whyForm(step, send, close) {
  const reason = el("textarea", { name: "reason", rows: "2", required: "" });
  const cancel = el("button", { type: "button" }, t("ask.cancel"));
  const form = el("form", { class: "stack narrow" }, el("label", {}, t(step === "hold" ? "hold.ask" : "hold.ask_resume"), reason), ...(step === "hold" ? [el("p", { class: "hint" }, t("hold.what"))] : []),
    el("div", { class: "row" }, el("button", { class: "first" }, t(`hold.${step}`)), cancel));
  cancel.addEventListener("click", close);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(reason.value);
  });
  return { form, reason };
}

/** The button beside the number, the part above the answers, and the key. `right`: this officer may; `run` calls a road, shows what is true afterwards and says `done`. */
export function holdPart(detail, right, run) {
  const held = detail.row.held;
  const step = held ? "resume" : "hold";
  const place = el("div");
  const button = el("button", { type: "button", id: step }, t(`hold.${step}`), el("kbd", {}, "Alt+T"));
  button.addEventListener("click", () => {
    const { form, reason } = whyForm(step, (words) => run(`/applications/${detail.row.id}/${step}`, { reason: words }, t(`hold.done.${step}`, detail.row)), () => { place.replaceChildren(); button.focus(); });
    place.replaceChildren(form);
    reason.focus();
  });
  const keys = right ? { "Alt+T": () => button.click() } : {};
  if (!held) return { keys, top: right ? [button] : [], nodes: [place] };
  const ways = right ? [el("div", { class: "row" }, button), place] : [];
  return { keys, top: [], nodes: [el("section", { class: "card look stack", id: "held" }, el("h2", {}, t("hold.title")), el("p", {}, `${held}.`),
    el("p", {}, t("hold.why", { reason: detail.held_why })), el("p", { class: "hint" }, t("hold.what")), ...ways)] };
}
