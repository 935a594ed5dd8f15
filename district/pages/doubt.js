// Events whose author is not proven: one card each, because each is believed or refused by itself.
import { api, el, loadTexts, t } from "/officer/parts.js";

const day = (ms) => (ms ? new Date(ms).toLocaleString("id-ID", { dateStyle: "long", timeStyle: "short" }) : "–");

/** The section, which fills itself anew after each decision. `attempt` says what goes wrong, `say` what went well. */
export async function doubtful(attempt, say, settles) {
  const place = el("div");
  const fill = (list) => place.replaceChildren(...section(list));
  const settle = (one, how, told) => attempt(async () => {
    try {
      fill(await api("POST", `/doubts/${one.uid}/${how}`));
      say(t(told));
    } catch (problem) {
      // Somebody else was first: show what is left, then say so.
      if (problem.code === "settled_already") fill(await api("GET", "/doubts"));
      throw problem;
    }
  });

  const card = (one) => {
    const button = (how, sure, told, kind) => {
      const made = el("button", { type: "button", class: kind, "data-does": how }, t(`doubt.${how}`));
      made.addEventListener("click", () => { if (confirm(t(sure))) settle(one, how, told); });
      return made;
    };
    const both = settles ? [button("believe", "doubt.believe_sure", "doubt.believed", "first"), button("refuse", "doubt.refuse_sure", "doubt.refused", "warn")]
      : [el("p", { class: "hint" }, t("doubt.head_only"))];
    const said = one.said.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value)));
    return el("article", { class: "card", "data-doubt": one.uid }, el("h3", {}, `${one.what} ${one.number}`), el("p", {}, t("doubt.from", one)),
      el("p", { class: "flag" }, one.why), el("p", { class: "hint" }, t("doubt.times", { made: day(one.made), at: day(one.at) })),
      el("dl", { class: "facts" }, ...said), el("div", { class: "row" }, ...both));
  };

  const section = (list) => (list.length === 0 ? [] : [el("section", { class: "card look stack" },
    el("h2", {}, `${t("doubt.title")} (${list.length})`), el("p", {}, t("doubt.hint")), ...list.map(card))]);

  await loadTexts("/officer/doubt.json");
  fill(await api("GET", "/doubts"));
  return place;
}
