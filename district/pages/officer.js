// The officers' page: sign in, choose from the queue, compare answers with scans, decide. Sentences come from
// ui/texts/id/district.json; which steps are allowed comes from the server.
import { accountPage, signInForm } from "/officer/account.js";
import { themeButton, useTheme } from "/officer/bar.js";
import { decisionForm } from "/officer/decide.js";
import { exportLinks } from "/officer/export.js";
import { holdPart, takeNext } from "/officer/hold.js";
import { numbersBar, why } from "/officer/reveal.js";
import { issuedPart } from "/officer/issued.js";
import { consent, lookAt } from "/officer/look.js";
import { scanPane } from "/officer/scan.js";
import { STATUSES as SECOND, secondFlags, secondPart } from "/officer/second.js";
import { similar } from "/officer/similar.js";
import { visit } from "/officer/visit.js";
import { api, el, loadTexts, t } from "/officer/parts.js";

const STATUSES = ["SUBMITTED", "IN_VERIFICATION", "NEEDS_CORRECTION", "IN_PROCESS", "ISSUED", "READY_FOR_PICKUP", "SHIPPED", "DELIVERED", "REJECTED", "CANCELLED"];
/** Rows on one page, as the server cuts them. */
const PAGE = 50;
/** Steps that need no words: they are done at once. */
const AT_ONCE = ["take", "approve"];
const KEYS = { take: "F2", approve: "Ctrl+Enter", return: "Alt+K" };
/** What the policy calls a step; every other one is a decision. The server asks again. */
const NEEDS = { approve: "check.approve", issue: "check.approve", ready: "deliver", ship: "deliver", deliver: "deliver" };
const TONE = { DELIVERED: "done", ISSUED: "done", READY_FOR_PICKUP: "done", NEEDS_CORRECTION: "back", REJECTED: "stop", CANCELLED: "stop" };

const top = document.getElementById("top");
const main = document.getElementById("main");
const said = document.getElementById("said");
const wanted = { status: "SUBMITTED", service: "", subdistrict: "", office: "", age: 0, text: "", page: 0 };
const AGES_DAYS = [2, 4, 8, 15, 31];
/** What the queue can be narrowed to, as the server told at the sign-in. */
let choices = { services: [], offices: [], areas: [], may: [] };
/** Whether the officer who is signed in may do an action of the policy. */
const may = (action) => choices.may.includes(action);
/** What the keyboard does on the screen that is open. */
let keys = {};
/** A part that is fetched when it is opened first: the page itself stays small on a slow line. */
const part = (name) => import(`/officer/${name}.js`);

function show(...parts) {
  main.replaceChildren(...parts);
}

function trouble(problem) {
  const key = `trouble.${problem.code}`;
  const text = t(key, problem.details);
  // About documents the server's own sentence says what is safe.
  const told = /^(pdf|signing|issued|roots|retention)_/.test(problem.code) && problem.title;
  return el("p", { class: "trouble", role: "alert" }, told || (text === key ? t("trouble", problem) : text));
}

/** Runs `work`; what goes wrong is said above the screen, and an ended session leads to the sign-in. */
async function attempt(work) {
  said.textContent = "";
  main.querySelector(".trouble")?.remove();
  try {
    await work();
  } catch (problem) {
    if (!problem.code) throw problem;
    if (problem.code === "signed_out") return signIn(problem);
    main.querySelector(".trouble")?.remove();
    main.prepend(trouble(problem));
  }
}

function badge(row) {
  if (row.held) return el("span", { class: "badge stop", title: row.held }, t("hold.badge"));
  if (row.second) return el("span", { class: "badge back" }, t("second.waits"));
  return el("span", { class: `badge ${TONE[row.status] ?? "wait"}` }, row.status_text);
}

function signIn(problem) {
  keys = {};
  top.replaceChildren(el("strong", {}, t("desk.title")), el("span", { class: "who" }), themeButton());
  const { form, name } = signInForm(attempt, start);
  show(...(problem ? [trouble(problem)] : []), form);
  name.focus();
}

function head(name) {
  const out = el("button", {}, t("desk.sign_out"));
  out.addEventListener("click", () => attempt(async () => {
    await api("POST", "/sign-out");
    location.hash = "";
    signIn();
  }));
  const gate = el("a", { href: "#komputer", class: "button" }, t("gate.title"));
  const days = el("button", { type: "button", id: "days" }, t("days.title"));
  days.addEventListener("click", () => { location.hash = "days"; });
  const links = [...(may("computer.approve") || may("check.read") ? [gate] : []), ...(may("check.read") ? [days] : []),
    ...(may("complaint.answer") ? [el("a", { href: "/officer/families", class: "button" }, t("desk.families"))] : []),
    ...(may("deliver") ? [el("a", { href: "/officer/deliver", class: "button" }, t("desk.deliver"))] : []),
    ...(may("check.read") ? [el("a", { href: "/officer/figures", class: "button" }, t("desk.figures"))] : []),
    ...(may("district.settings") ? [el("a", { href: "#janji", class: "button" }, t("standards.title"))] : []),
    ...(may("audit.read") ? [el("a", { href: "#jejak", class: "button" }, t("trace.title"))] : [])];
  top.replaceChildren(el("strong", {}, t("desk.title")), ...links, el("a", { class: "who", href: "#akun", title: t("account.title") }, name), themeButton(), out);
}

function filters() {
  const text = el("input", { type: "search", value: wanted.text });
  const pick = (all, options, chosen) => {
    const select = el("select", {}, el("option", { value: "" }, t(all)), ...options.map((o) => el("option", { value: o.code }, o.name)));
    select.value = chosen;
    return select;
  };
  const status = pick("desk.all", [...STATUSES.map((code) => ({ code, name: t(`status.${code}`) })), ...SECOND.map((code) => ({ code, name: t(`second.status.${code}`) }))], wanted.status);
  const service = pick("desk.all_services", choices.services, wanted.service);
  const subdistrict = pick("desk.all_subdistricts", choices.subdistricts, wanted.subdistrict);
  const office = pick("desk.all_offices", choices.offices, wanted.office);
  const age = pick("desk.all_ages", AGES_DAYS.map((days) => ({ code: String(days), name: t("desk.age_from", { days }) })), wanted.age ? String(wanted.age) : "");
  const next = el("button", { type: "button", class: "first" }, t("desk.next"), el("kbd", {}, "F2"));
  next.addEventListener("click", () => attempt(() => takeNext(said)));
  const form = el("form", { class: "row filters", role: "search" }, el("label", {}, t("desk.search"), text), el("label", {}, t("desk.status"), status),
    el("label", {}, t("desk.service"), service), el("label", {}, t("desk.subdistrict"), subdistrict), el("label", {}, t("desk.office"), office), el("label", {}, t("desk.age"), age), ...(may("check.decide") ? [next] : []));
  const ask = () => {
    // Somebody who looks for a person looks in every status.
    if (text.value && !wanted.text && status.value === "SUBMITTED") status.value = "";
    Object.assign(wanted, { status: status.value, service: service.value, subdistrict: subdistrict.value, office: office.value, age: Number(age.value), text: text.value, page: 0 });
    attempt(queue);
  };
  for (const select of [status, service, subdistrict, office, age]) select.addEventListener("change", ask);
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  return form;
}

function queueRow(row) {
  const open = el("button", { class: "open code" }, row.number);
  const cells = { number: open, service: row.service, subject: row.subject, office: row.office, day: row.day.split("-").reverse().join("-"), status: badge(row) };
  const line = el("tr", { class: "pick" }, ...Object.entries(cells).map(([name, cell]) => el("td", { "data-label": t(`desk.${name}`) }, cell)));
  line.addEventListener("click", () => { location.hash = row.id; });
  return line;
}

function pages(total, more) {
  const count = Math.max(1, Math.ceil(total / PAGE) + (more ? 1 : 0));
  const turn = (text, by, usable) => {
    const button = el("button", usable ? {} : { disabled: "" }, text);
    button.addEventListener("click", () => { wanted.page += by; attempt(queue); });
    return button;
  };
  if (count === 1) return el("div");
  return el("nav", { class: "row" }, turn(t("desk.earlier"), -1, wanted.page > 0),
    el("span", {}, t(more ? "desk.page_more" : "desk.page", { page: wanted.page + 1, pages: count })), turn(t("desk.later"), 1, wanted.page + 1 < count));
}

/** Sheets of closed days; the way back is the same as from an application. */
async function days() {
  keys = { Escape: toQueue };
  const { daysPage } = await part("days");
  const sheets = await api("GET", "/days");
  choices.days_differ = sheets.filter((s) => s.state === "differs").length;
  show(el("div", { class: "row" }, el("h1", {}, t("days.title")), backButton()), ...daysPage(sheets));
  main.focus({ preventScroll: true });
}

/** Whoever reads no application finds what they may do above. */
function elsewhere() {
  keys = {};
  const some = may("computer.approve") || may("complaint.answer") || may("audit.read");
  show(el("h1", {}, t("desk.title")), el("p", { class: "card" }, t(some ? "desk.elsewhere" : "desk.nowhere")));
}

async function queue() {
  if (!may("check.read")) return elsewhere();
  keys = may("check.decide") ? { F2: () => attempt(() => takeNext(said)) } : {};
  const [found, me] = await Promise.all([api("GET", `/applications?${new URLSearchParams(wanted)}`), api("GET", "/me")]);
  Object.assign(choices, me);
  const names = ["number", "service", "subject", "office", "day", "status"];
  const table = el("table", { class: "queue", "aria-label": t("desk.table") }, el("thead", {}, el("tr", {}, ...names.map((n) => el("th", { scope: "col" }, t(`desk.${n}`))))), el("tbody", {}, ...found.rows.map(queueRow)));
  const plain = wanted.status === "SUBMITTED" && !["text", "service", "subdistrict", "office", "age"].some((name) => wanted[name]);
  const count = found.more ? "desk.count_more" : plain ? "desk.count_open" : "desk.count";
  show(el("h1", {}, t("desk.queue")), ...(choices.days_differ ? [el("p", { class: "flag", id: "days-differ" }, t("days.differ", { n: choices.days_differ }))] : []),
    ...(choices.doubts ? [el("p", { class: "flag", id: "doubts" }, t("desk.doubts", { n: choices.doubts }), " ", el("a", { href: "#komputer" }, t("desk.doubts_open")))] : []),
    ...secondFlags(choices, (status) => { Object.assign(wanted, { status, service: "", subdistrict: "", office: "", age: 0, text: "", page: 0 }); attempt(queue); }),
    ...(choices.areas.length ? [el("p", { class: "hint", id: "area" }, t("desk.area", { names: choices.areas.map((a) => a.name).join(", ") }))] : []),
    el("p", { class: "hint" }, t(count, { n: found.total.toLocaleString("id-ID") })), filters(),
    found.rows.length ? table : el("p", { class: "card" }, t("desk.empty")), pages(found.total, found.more), ...exportLinks(wanted, found.total));
}

function answersTable(detail) {
  const progress = el("p", { class: "hint" });
  const ticks = [];
  /** Ticks are kept by the server while the application is still to be decided. */
  const comparing = may("check.decide") && detail.steps.some((step) => ["take", "approve"].includes(step));
  const count = () => { progress.textContent = t("opened.checked", { n: ticks.filter((x) => x.checked).length, m: ticks.length }); };
  /** What each row does when its answer is shown in full, and when it is masked again: nobody compares what is masked. */
  const turns = new Map();
  const rows = detail.answers.filter((a) => a.value || a.reason).map((answer) => {
    const tick = el("input", { type: "checkbox", "aria-label": t("opened.tick", answer), ...(answer.ticked ? { checked: "" } : {}), ...(comparing && !answer.hidden ? {} : { disabled: "" }) });
    const by = el("span", { class: "hint" }, answer.ticked ? t("opened.ticked", answer) : "");
    let full = answer.value;
    const words = el("span", /\.(nik|kk|phone)$/i.test(answer.path) ? { class: "code" } : {}, answer.value || t("opened.empty_value"));
    turns.set(answer.path, (value) => {
      full = value ?? answer.value;
      words.textContent = full;
      tick.disabled = !comparing || value === null;
    });
    tick.addEventListener("change", () => attempt(async () => {
      try {
        const now = await api("POST", `/applications/${detail.row.id}/ticks`, { path: answer.path, value: full, agrees: tick.checked });
        const mine = now.answers.find((a) => a.path === answer.path);
        by.textContent = mine.ticked ? t("opened.ticked", mine) : "";
      } catch (problem) {
        // Corrected or decided meanwhile: show what is true now. Anything else: the tick was not kept.
        tick.checked = !tick.checked;
        if (["not_allowed", "answer_changed"].includes(problem.code)) openCase(await api("GET", `/applications/${detail.row.id}`));
        throw problem;
      } finally {
        count();
      }
    }));
    ticks.push(tick);
    const flags = [answer.reason && t("opened.reason", answer), answer.corrected && t("opened.corrected")].filter(Boolean);
    const ask = answer.hidden === "highest" && may("reveal.highest") ? [why(detail.row.id, answer.path, answer.label, attempt, turns.get(answer.path))] : [];
    return el("tr", {}, el("th", { scope: "row" }, answer.label), el("td", {}, words, ...ask, ...flags.map((f) => el("span", { class: "flag" }, f)), by), el("td", {}, tick));
  });
  count();
  const numbers = detail.answers.filter((a) => a.hidden === "number").map((a) => a.path);
  const bar = numbersBar(detail.row, attempt, (values) => { for (const path of numbers) turns.get(path)?.(values[path] ?? null); });
  const shows = numbers.length > 0 && may("reveal.number");
  if (shows) keys.F4 = bar.act;
  return el("div", {}, progress, ...(shows ? [bar.node] : []), el("div", { class: "answers", tabindex: "0", role: "region", "aria-label": t("opened.answers") },
    el("table", { "aria-label": t("opened.table") },
      el("thead", {}, el("tr", {}, ...["field", "value", "match"].map((n) => el("th", { scope: "col" }, t(`opened.${n}`))))),
      el("tbody", {}, ...rows))));
}

function stepBar(detail, place) {
  const run = (step, words) => attempt(async () => {
    try {
      const after = await api("POST", `/applications/${detail.row.id}/${step}`, words);
      const waits = after.proposed && !after.proposed.back;
      if (step === "take" || step === "note") openCase(after);
      else location.hash = "";
      said.textContent = t(waits && detail.needs_second.includes(step) ? "second.done.propose" : `done.${step}`, detail.row);
    } catch (problem) {
      // Somebody else decided or proposed first: show what is true now, then say so.
      if (["not_allowed", "second_waits", "processing_held"].includes(problem.code)) openCase(await api("GET", `/applications/${detail.row.id}`));
      throw problem;
    }
  });
  const buttons = detail.steps.filter((step) => may(NEEDS[step] ?? "check.decide")).map((step) => {
    const act = () => {
      if (AT_ONCE.includes(step)) return run(step, {});
      said.textContent = "";
      place.replaceChildren(decisionForm(step, detail, (words) => run(step, words)));
      place.querySelector("input, select, textarea")?.focus({ preventScroll: true });
      place.scrollIntoView({ block: "end" });
    };
    if (KEYS[step]) keys[KEYS[step]] = act;
    const button = el("button", { type: "button", "data-step": step, class: step === "reject" ? "warn" : AT_ONCE.includes(step) ? "first" : "" }, t(`step.${step}`), ...(KEYS[step] ? [el("kbd", {}, KEYS[step])] : []));
    button.addEventListener("click", act);
    return button;
  });
  return el("div", { class: "row" }, ...buttons);
}

const toQueue = () => { location.hash = ""; };

function backButton() {
  const back = el("button", { type: "button" }, t("opened.back"), el("kbd", {}, "Esc"));
  back.addEventListener("click", toQueue);
  return back;
}

/** The way to what is typed into SIAK, and its key. */
function siakLink(id) {
  keys["Alt+S"] = () => { location.hash = `siak/${id}`; };
  return el("a", { class: "button", href: `#siak/${id}`, id: "siak" }, t("siak.open"), el("kbd", {}, "Alt+S"));
}

/** Typed into SIAK from here; Escape leads back to the application. */
async function siak(id) {
  const back = () => { location.hash = id; };
  keys = { Escape: back };
  const { siakPage } = await part("siak");
  const page = await siakPage(id, attempt, (text) => { said.textContent = text; }, may, back);
  Object.assign(keys, page.keys);
  show(...page.nodes);
  page.begin();
}

/** A road of the second officer or of holding back: what is true afterwards is shown, also when somebody else was quicker. */
function secondRun(id, road, body, done) {
  return attempt(async () => {
    try {
      openCase(await api("POST", road, body));
      said.textContent = done;
    } catch (problem) {
      if (problem.code.startsWith("second_") || ["not_allowed", "processing_held"].includes(problem.code)) openCase(await api("GET", `/applications/${id}`));
      throw problem;
    }
  });
}

function openCase(detail) {
  keys = { Escape: toQueue };
  const place = el("div");
  const second = secondPart(detail, choices.name, may(NEEDS[detail.proposed?.step] ?? "check.decide"), (...call) => secondRun(detail.row.id, ...call));
  Object.assign(keys, second.keys);
  const hold = holdPart(detail, may("check.hold"), (...call) => secondRun(detail.row.id, ...call));
  Object.assign(keys, hold.keys);
  const scans = scanPane(detail.row.id, detail.scans, may("reveal.highest") ? attempt : null);
  Object.assign(keys, scans.keys);
  const missing = detail.missing.map((m) => el("li", {}, `${m.label}: ${m.value}`));
  show(
    el("div", { class: "row" }, el("h1", {}, `${detail.row.service} · `, el("span", { class: "code" }, detail.row.number)), badge(detail.row), ...(detail.row.held ? [] : [siakLink(detail.row.id)]), ...hold.top, backButton()),
    ...(detail.returned ? [el("p", { class: "flag" }, t("opened.returned", { note: detail.returned }))] : []),
    ...hold.nodes, ...second.nodes,
    ...lookAt(detail),
    visit(detail.row.id, may("check.decide"), attempt, (text) => { said.textContent = text; }, badge),
    similar(detail.row.id, may("check.decide"), attempt, (text) => { said.textContent = text; }),
    el("div", { class: "two" },
      el("section", { class: "card stack" }, el("h2", {}, t("opened.answers")), answersTable(detail), stepBar(detail, place), place,
        ...(missing.length ? [el("h2", {}, t("opened.missing")), el("ul", {}, ...missing)] : []),
        ...consent(detail), el("h2", {}, t("opened.history")), el("ol", {}, ...detail.history.map((h) => el("li", {}, h)))),
      el("section", { class: "card scan" }, scans.node)),
    issuedPart(detail, may, attempt, openCase, (text) => { said.textContent = text; }));
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function route() {
  const id = location.hash.slice(1);
  if (!id) return queue();
  if (id === "komputer") {
    keys = { Escape: toQueue };
    const { computers } = await part("computers");
    return show(...await computers(attempt, (text) => { said.textContent = text; }, may), backButton());
  }
  if (id === "akun") {
    keys = { Escape: toQueue };
    return show(...await accountPage(attempt, (text) => { said.textContent = text; }), backButton());
  }
  const setting = { janji: async () => (await part("standards")).standardsPage, layanan: async () => (await part("offered")).offeredPage, dua: async () => (await part("second")).rulePage }[id];
  if (setting) {
    keys = { Escape: toQueue };
    const pages = [["janji", "standards.title"], ["layanan", "offered.title"], ["dua", "second.title"]].map(([at, title]) => el("a", { class: "button", href: `#${at}`, ...(at === id ? { "aria-current": "page" } : {}) }, t(title)));
    return show(el("nav", { class: "row", "aria-label": t("offered.pages") }, ...pages), ...await (await setting())(attempt, (text) => { said.textContent = text; }), backButton());
  }
  if (id === "jejak" || id === "simpan") {
    keys = { Escape: toQueue };
    const page = id === "jejak" ? (await part("trace")).tracePage : (await part("retention")).retentionPage;
    return show(...await page(attempt, (text) => { said.textContent = text; }, may, choices.name), backButton());
  }
  if (id === "days") return days();
  if (id.startsWith("siak/")) return siak(id.slice(5));
  show(el("h1", {}, t("desk.loading")));
  try {
    openCase(await api("GET", `/applications/${encodeURIComponent(id)}`));
  } catch (problem) {
    // Whatever kept it shut, the way back is there; attempt() says why above it.
    keys = { Escape: toQueue };
    show(el("h1", {}, t("opened.shut")), backButton());
    throw problem;
  }
}

async function start() {
  const me = await api("GET", "/me");
  choices = me;
  // Whoever only delivers works on that page, and finds nothing here.
  const others = ["check.read", "computer.approve", "complaint.answer"];
  if (may("deliver") && !others.some(may)) return location.replace("/officer/deliver");
  head(me.name);
  await route();
}

document.addEventListener("keydown", (event) => {
  const name = `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.key.length === 1 ? event.key.toUpperCase() : event.key}`;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  if (!keys[name] || (typing && !/^(F\d|Ctrl\+|Alt\+|Escape)/.test(name))) return;
  event.preventDefault();
  keys[name]();
});
addEventListener("hashchange", () => {
  const kept = said.textContent;
  attempt(route).then(() => { said.textContent ||= kept; });
});
useTheme();
await loadTexts();
await loadTexts("/officer/reveal.json");
await loadTexts("/officer/second.json");
document.title = t("desk.title");
attempt(async () => {
  try {
    await start();
  } catch (problem) {
    if (problem.code !== "signed_out") throw problem;
    signIn();
  }
});
