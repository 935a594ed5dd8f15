// "Masa simpan": how long the Dinas keeps what, what is due to be destroyed, the records of what was, and the register of what
// is done with personal data. Sentences come from ui/texts/id/retention.json.
import { api, el, loadTexts, t, table } from "/officer/parts.js";

/** The parts of the page; `me` is who is signed in, `may` asks the policy, `attempt` says what goes wrong, `say` what went well. */
export async function retentionPage(attempt, say, may, me) {
  await loadTexts("/officer/retention.json");
  const [now, register] = await Promise.all([api("GET", "/retention"), api("GET", "/register")]);
  const place = el("div", { class: "stack" });
  const draw = (state) => place.replaceChildren(rulesPart(state, draw, attempt, say, may), recordsPart(state, draw, attempt, say, me, may));
  draw(now);
  return [el("h1", {}, t("retention.title")), place, registerPart(register)];
}

function rulesPart(now, draw, attempt, say, may) {
  const mine = may("data.destroy");
  const lock = mine ? {} : { disabled: "" };
  const basis = el("input", { name: "basis", value: now.basis, required: "", maxlength: "120", "aria-describedby": "basis-hint", ...lock });
  const boxes = now.rules.map((rule) => el("input", { type: "number", name: rule.code, min: "0", max: "36525", value: String(rule.days), "aria-label": `${rule.name}: ${t("retention.days")}`, ...lock }));
  const count = (rule) => {
    const button = el("button", { type: "button", "data-class": rule.code, ...(rule.days ? {} : { disabled: "" }) }, t("retention.propose"));
    button.addEventListener("click", () => attempt(async () => {
      say(t("retention.counting"));
      button.disabled = true;
      try {
        const after = await api("POST", "/retention/propose", { class: rule.code });
        draw(after);
        say(t("retention.proposed", after.records[0]));
      } finally {
        button.disabled = false;
      }
    }));
    return button;
  };
  const rows = now.rules.map((rule, at) => [[rule.name, el("p", { class: "hint" }, rule.from)], [boxes[at], el("p", { class: "hint" }, t("retention.least", rule))], mine ? count(rule) : ""]);
  const form = el("form", { class: "card stack" }, el("p", { class: "hint" }, t("retention.hint")),
    el("p", {}, now.since ? t("retention.since", now) : t("retention.never_set")),
    el("label", {}, t("retention.basis"), basis), el("p", { class: "hint", id: "basis-hint" }, t("retention.basis_hint")),
    table(t("retention.title"), [t("retention.what"), t("retention.days"), t("retention.does")], rows),
    ...(mine ? [el("div", { class: "row" }, el("button", { class: "first" }, t("retention.save")))] : []));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const days = Object.fromEntries(now.rules.map((rule, at) => [rule.code, Number(boxes[at].value)]));
    attempt(async () => {
      draw(await api("POST", "/retention", { basis: basis.value, days, seen: now.seen }));
      say(t("retention.saved"));
    });
  });
  return form;
}

function recordsPart(now, draw, attempt, say, me, may) {
  const run = (road, done) => attempt(async () => { draw(await api("POST", road)); say(t(done)); });
  const acts = (one) => {
    const road = `/retention/${one.id}`;
    if (one.state === "done") return [el("a", { class: "button", href: `/officer/api${road}/record.pdf`, target: "_blank", rel: "noopener" }, t("retention.pdf")), " ", el("a", { class: "button", href: `/officer/api${road}/list.csv`, download: "" }, t("retention.csv"))];
    if (one.state !== "proposed" || !may("data.destroy")) return "";
    const drop = el("button", { type: "button" }, t("retention.drop"));
    drop.addEventListener("click", () => run(`${road}/drop`, "retention.dropped"));
    if (one.by === me) return [el("p", { class: "hint" }, t("retention.yours")), drop];
    const agree = el("button", { type: "button", class: "warn", "data-agree": one.number }, t("retention.agree"));
    const place = el("div", { class: "row" }, agree, drop);
    agree.addEventListener("click", () => {
      const yes = el("button", { type: "button", class: "warn", id: "agree-yes" }, t("retention.agree_yes"));
      const no = el("button", { type: "button" }, t("retention.cancel"));
      yes.addEventListener("click", () => { yes.disabled = true; run(`${road}/agree`, "retention.agreed"); });
      no.addEventListener("click", () => { place.replaceChildren(agree, drop); agree.focus(); });
      place.replaceChildren(el("p", { role: "alert" }, t("retention.agree_ask", one)), yes, no);
      no.focus();
    });
    return place;
  };
  const tone = { done: "done", proposed: "wait", agreed: "wait", dropped: "stop" };
  const rows = now.records.map((one) => [el("span", { class: "code" }, one.number), [one.what, el("p", { class: "hint" }, `${one.much}. ${one.basis}`)], one.before,
    [el("span", { class: `badge ${tone[one.state]}` }, t(`retention.state.${one.state}`)), ...one.told.map((line) => el("p", { class: "hint" }, line))], acts(one)]);
  const heads = ["number", "what", "before", "state", "does"].map((name) => t(`retention.${name}`));
  return el("section", { class: "card stack", id: "records" }, el("h2", {}, t("retention.records")),
    rows.length ? table(t("retention.records"), heads, rows) : el("p", {}, t("retention.none")));
}

function registerPart(register) {
  const names = ["name", "purpose", "law", "whose", "which", "who", "kept", "guarded", "count"];
  const print = el("button", { type: "button" }, t("register.print"));
  print.addEventListener("click", () => window.print());
  const cards = register.map((one) => el("article", { class: "card stack" }, el("h3", {}, one.name),
    el("dl", { class: "facts" }, ...names.slice(1).map((name) => el("div", {}, el("dt", {}, t(`register.${name}`)), el("dd", {}, one[name]))))));
  return el("section", { class: "card stack", id: "register" }, el("h2", {}, t("register.title")), el("p", { class: "hint" }, t("register.hint")), el("div", { class: "row" }, print), ...cards);
}
