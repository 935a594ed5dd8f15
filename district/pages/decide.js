// The words that go with a decision. A return names its reason and its target, and its sentence is ready to send.
import { el, t } from "/officer/parts.js";

/** Reasons of a return, and whether the target is a paper or an answer. */
const WHY = { unreadable: "paper", wrong_document: "paper", missing_document: "paper", mismatch: "answer", incomplete: "any", witness: "answer", other: "any" };
/** Words each step asks for: name, text key, needed or not. */
const ASKED = {
  reject: [["reason", "ask.reject", "required"]],
  issue: [["document", "ask.document", ""]],
  ready: [["place", "ask.place", "required"]],
  ship: [["carrier", "ask.carrier", "required"], ["tracking", "ask.tracking", ""]],
  deliver: [["recipient", "ask.recipient", "required"], ["relation", "ask.relation", ""]],
  note: [["reason", "ask.remark", "required"]],
};

function targets(detail, kind) {
  const held = detail.scans.map((s) => [`requirement.${s.requirement}`, s.name]);
  const papers = [...new Map([...held, ...detail.missing.map((m) => [m.path, m.label])])];
  const answers = detail.answers.map((a) => [a.path, a.label]);
  return kind === "paper" ? papers : kind === "answer" ? answers : [...answers, ...papers];
}

function frame(step, fields, send, needs = []) {
  const cancel = el("button", { type: "button" }, t("ask.cancel"));
  const second = needs.includes(step) ? [el("p", { class: "flag" }, t("second.hint"))] : [];
  const form = el("form", { class: "card stack" }, ...fields, ...second, el("div", { class: "row" }, el("button", { class: step === "reject" ? "warn" : "first" }, t(`step.${step}`)), cancel));
  cancel.addEventListener("click", () => form.remove());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(Object.fromEntries(new FormData(form)));
  });
  return form;
}

function returnForm(detail, send) {
  const target = el("select", { name: "target", required: "" });
  const note = el("textarea", { name: "note", rows: "2", required: "" });
  const sentence = () => {
    const why = choices.find((c) => c.checked).value;
    note.value = t(`say.${why}`, { target: target.selectedOptions[0]?.textContent ?? "" });
  };
  const fill = () => {
    const kind = WHY[choices.find((c) => c.checked).value];
    const found = targets(detail, kind);
    target.replaceChildren(...(found.length ? found : targets(detail, "any")).map(([value, label]) => el("option", { value }, label)));
    sentence();
  };
  const choices = Object.keys(WHY).map((why, at) => el("input", { type: "radio", name: "reason", value: why, ...(at === 0 ? { checked: "" } : {}) }));
  choices.forEach((choice) => choice.addEventListener("change", fill));
  target.addEventListener("change", sentence);
  fill();
  return frame("return", [
    el("fieldset", {}, el("legend", {}, t("ask.why")), ...choices.map((c) => el("label", { class: "choice" }, c, t(`why.${c.value}`)))),
    el("label", {}, t("ask.target"), target),
    el("label", {}, t("ask.note"), note),
  ], send);
}

/** The form of a step; `send` gets the words. */
export function decisionForm(step, detail, send) {
  if (step === "return") return returnForm(detail, send);
  const fields = ASKED[step].map(([name, key, needed]) => {
    const box = el(name === "reason" ? "textarea" : "input", { name, ...(needed ? { required: "" } : {}) });
    return el("label", {}, t(key), box);
  });
  return frame(step, fields, send, detail.needs_second);
}
