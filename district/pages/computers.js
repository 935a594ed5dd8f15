// Computers of the offices: a code for a new one, the six words of one that waits, and where the others stand.
import { doubtful } from "/officer/doubt.js";
import { api, el, t } from "/officer/parts.js";

const day = (ms) => (ms ? new Date(ms).toLocaleString("id-ID", { dateStyle: "long", timeStyle: "short" }) : t("gate.never"));

/** The parts of the screen that this officer may use. `attempt` says what goes wrong, `say` what went well. */
export async function computers(attempt, say, may) {
  const place = el("div");
  const apart = el("div");
  const fill = (list) => place.replaceChildren(...waiting(list, attempt, told), table(list, attempt, told));
  const told = (after, text) => { fill(after); say(text); };
  if (may("computer.approve")) fill(await api("GET", "/devices"));
  const settle = (list) => apart.replaceChildren(...kept(list, attempt, (after, text) => { settle(after); say(text); }, may("check.approve")));
  const sent = may("check.read") ? await api("GET", "/apart") : [];
  settle(sent);
  const doubts = may("check.read") ? [await doubtful(attempt, say, may("author.settle"))] : [];
  const none = may("computer.approve") || sent.length || doubts[0]?.childElementCount ? [] : [el("p", { class: "card" }, t("apart.none"))];
  return [el("h1", {}, t("gate.title")), ...doubts, apart, ...none, place, ...(may("computer.approve") ? [newCode(attempt)] : [])];
}

function newCode(attempt) {
  const office = el("input", { name: "office", required: "", inputmode: "decimal", autocomplete: "off" });
  const sheet = el("div");
  const form = el("form", { class: "row filters" }, el("label", {}, t("gate.office"), office), el("button", { class: "first" }, t("gate.make")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const made = await api("POST", "/invitations", { office: office.value.trim(), server: location.origin });
      const save = el("a", { class: "button", download: `undangan-${office.value.trim()}.json`, href: URL.createObjectURL(new Blob([made.text], { type: "application/json" })) }, t("gate.save"));
      const print = el("button", { type: "button" }, t("gate.print"));
      print.addEventListener("click", () => window.print());
      sheet.replaceChildren(el("div", { class: "card sheet" }, el("p", {}, t("gate.made", { office: made.office, until: day(made.until) })),
        el("p", { class: "code", id: "made-code" }, made.code), el("img", { src: made.qr, alt: t("gate.qr", made) }), el("p", {}, t("gate.hand")), el("div", { class: "row" }, save, print)));
    });
  });
  return el("section", { class: "card stack" }, el("h2", {}, t("gate.new")), form, sheet);
}

function waiting(list, attempt, done) {
  const open = list.filter((c) => c.state === "pending");
  if (open.length === 0) return [];
  return [el("section", { class: "card look" }, el("h2", {}, t("gate.waiting")), el("p", {}, t("gate.hear")), ...open.map((computer) => oneWaiting(computer, attempt, done)))];
}

function oneWaiting(computer, attempt, done) {
  const words = el("input", { name: "words", required: "", autocomplete: "off", spellcheck: "false", class: "wide" });
  const refuse = el("button", { type: "button", class: "warn" }, t("gate.refuse"));
  const form = el("form", { class: "row filters", "data-device": computer.id }, el("label", {}, `${t("gate.words", computer)} · ${computer.office}`, words), el("button", { class: "first" }, t("gate.approve")), refuse);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => done(await api("POST", `/devices/${computer.id}/approve`, { words: words.value }), t("gate.approved", computer)));
  });
  refuse.addEventListener("click", () => {
    if (confirm(t("gate.refuse_sure", computer))) attempt(async () => done(await api("POST", `/devices/${computer.id}/refuse`), t("gate.refused", computer)));
  });
  return form;
}

/** What lost computers sent: one card each, because each is believed or not by itself. */
function kept(list, attempt, done, settles) {
  if (list.length === 0) return [];
  return [el("section", { class: "card look stack" }, el("h2", {}, `${t("apart.title")} (${list.length})`), el("p", {}, t("apart.hint")), ...list.map((one) => oneKept(one, attempt, done, settles)))];
}

function oneKept(one, attempt, done, settles) {
  const settle = (how, text) => attempt(async () => done(await api("POST", `/apart/${one.uid}/${how}`), t(text)));
  const take = el("button", { type: "button", class: "first" }, t("apart.take"));
  const refuse = el("button", { type: "button", class: "warn" }, t("apart.refuse"));
  take.addEventListener("click", () => settle("take", "apart.taken"));
  refuse.addEventListener("click", () => { if (confirm(t("apart.refuse_sure"))) settle("refuse", "apart.refused"); });
  const said = one.said.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value)));
  return el("article", { class: "card", "data-apart": one.uid }, el("h3", {}, `${one.what} ${one.number}`), el("p", {}, t("apart.from", one)),
    el("p", { class: "hint" }, t("apart.times", { made: day(one.made), at: day(one.at), lost: day(one.lost) })), el("dl", { class: "facts" }, ...said), el("div", { class: "row" }, ...(settles ? [take, refuse] : [])));
}

/** How a computer's work ends; both ask first, for neither is taken back. */
function ends(computer, attempt, done) {
  const button = (how, sure, text) => {
    const made = el("button", { type: "button", class: how === "lost" ? "warn" : "" }, t(`gate.${how}`));
    made.addEventListener("click", () => {
      if (confirm(t(sure, computer))) attempt(async () => done(await api("POST", `/devices/${computer.id}/end/${how}`), t(text, computer)));
    });
    return made;
  };
  const all = [];
  if (computer.state === "active") all.push(button("retire", "gate.retire_sure", "gate.retired"));
  if (["active", "retired"].includes(computer.state)) all.push(button("lost", "gate.lost_sure", "gate.is_lost"));
  return el("div", { class: "row" }, ...all);
}

function table(list, attempt, done) {
  if (list.length === 0) return el("p", { class: "card" }, t("gate.none"));
  const rows = list.map((c) => {
    const state = t(`gate.state.${c.state}`) + (c.approved_by && c.state !== "refused" ? `, ${t("gate.by", { name: c.approved_by })}` : "");
    const cells = { place: c.office, code: el("span", { class: "code" }, c.code), name: c.name, state: c.ended_ms ? `${state}, ${day(c.ended_ms)}` : state, last: day(c.last_sync_ms), does: ends(c, attempt, done) };
    return el("tr", {}, ...Object.entries(cells).map(([name, cell]) => el("td", { "data-label": t(`gate.${name}`) }, cell)));
  });
  const names = ["place", "code", "name", "state", "last", "does"];
  return el("table", { "aria-label": t("gate.title") }, el("thead", {}, el("tr", {}, ...names.map((n) => el("th", { scope: "col" }, t(`gate.${n}`))))), el("tbody", {}, ...rows));
}
