// The officers' page of delivery: what waits to be packed, the runs and bags, and what needs a look. Whoever is not signed in
// goes to the officers' first page. Sentences come from ui/texts/id/delivery.json.
import { bar, useTheme } from "/officer/bar.js";
import { packView } from "/officer/pack.js";
import { api, el, loadTexts, t, table } from "/officer/parts.js";
import { runView } from "/officer/run.js";

const main = document.getElementById("main");
const said = document.getElementById("said");
/** Lists that need a look, in the order of how much. */
const LISTS = ["overdue", "returned", "twice", "waiting"];
const TONE = { open: "wait", out: "back", done: "done" };

/** What the views share: how they show themselves, say something, and call. */
const page = {
  show(title, ...parts) {
    const head = el("h1", { tabindex: "-1" }, title);
    main.replaceChildren(head, ...parts);
    head.focus({ preventScroll: true });
    scrollTo(0, 0);
  },
  say(text) {
    said.textContent = text;
  },
  go(hash) {
    if (location.hash.slice(1) === hash) return attempt(route);
    location.hash = hash;
  },
  /** A button; `work` may fail, and then the reason stands above the screen. */
  button(label, work, attributes = {}) {
    const out = el("button", { type: "button", ...attributes }, ...[label].flat());
    out.addEventListener("click", () => attempt(work));
    return out;
  },
  back: () => page.button([t("run.back"), el("kbd", {}, "Esc")], () => page.go("")),
  attempt: (work, after) => attempt(work, after),
};

/** Whether a form stays as it was filled in: nothing has changed, and something in it can be put right. */
const keepsForm = (code) => ["no_answer", "reason_needed", "run_mark", "disk_full"].includes(code) || code.startsWith("scan_");

/** Runs `work`; what goes wrong is said above the screen, after `again` showed what is true now. */
async function attempt(work, again) {
  said.textContent = "";
  try {
    await work();
  } catch (problem) {
    if (!problem.code) throw problem;
    if (problem.code === "signed_out") return location.assign("/officer/");
    if (again && !keepsForm(problem.code)) await again().catch(() => {});
    const key = [`run.trouble.${problem.code}`, `problem.${problem.code}`, `trouble.${problem.code}`].find((k) => t(k) !== k);
    main.querySelector(".trouble")?.remove();
    const words = el("p", { class: "trouble", role: "alert", tabindex: "-1" }, key ? t(key, problem.details) : t("run.trouble", problem));
    main.prepend(words);
    words.focus();
  }
}

function importForm() {
  const file = el("input", { type: "file", accept: ".csv,text/csv", name: "file", id: "tracking" });
  const report = el("div", { class: "stack", id: "report" });
  const form = el("form", { class: "card stack" }, el("h2", {}, t("run.import")), el("p", { class: "hint" }, t("run.import_hint")),
    el("label", {}, t("run.import_file"), file), el("div", { class: "row" }, el("button", { id: "tracking-read" }, t("run.import_read"))), report);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      if (!file.files.length) { page.say(t("run.import_none")); return; }
      const told = await api("POST", "/deliveries/tracking", await file.files[0].arrayBuffer(), "text/csv");
      const heads = ["line", "file", "tracking", "outcome"].map((c) => t(`run.col_${c}`));
      report.replaceChildren(el("p", {}, el("strong", {}, t("run.report", told))), table(t("run.import"), heads, told.lines.map((line) =>
        [String(line.line), line.number, line.tracking, el("span", { class: `badge ${["stored", "same"].includes(line.outcome) ? "done" : "stop"}` }, line.text)])));
      page.say(t("run.report", told));
    });
  });
  return form;
}

function runTable(runs, none) {
  if (!runs.length) return el("p", { class: "card" }, none);
  const heads = ["number", "way", "carrier", "state", "due", "left"].map((c) => t(`run.col_${c}`));
  return table(t("run.runs"), heads, runs.map((run) => [
    page.button(run.number, () => page.go(`tas/${run.id}`), { class: "open code" }), run.way_text, run.carrier,
    el("span", { class: `badge ${run.overdue ? "stop" : TONE[run.state]}` }, run.overdue ? t("run.late") : run.state_text),
    run.due, t("run.left", run)]));
}

async function home() {
  const [work, runs] = await Promise.all([api("GET", "/deliveries"), api("GET", "/runs")]);
  const piles = work.piles.map((pile) => page.button(t("run.pile", pile), () => page.go(`siap/${pile.way}/${pile.place}`), { class: "first", "data-way": pile.way }));
  const lists = LISTS.map((list) => page.button(t("run.with_count", { name: t(`run.${list}`), n: work[list] }), () => page.go(list), { "data-list": list, class: list !== "waiting" && work[list] ? "warn" : "" }));
  page.show(t("run.title"),
    el("section", { class: "card stack" }, el("h2", {}, t("run.piles")), piles.length ? el("div", { class: "row" }, ...piles) : el("p", {}, t("run.piles_none"))),
    el("nav", { class: "row gap", "aria-label": t("run.home") }, ...lists),
    el("h2", {}, t("run.runs")), runTable(runs, t("run.runs_none")),
    el("p", {}, page.button(t("run.show_done"), () => page.go("selesai"))), importForm());
}

async function finished() {
  page.show(t("run.state.done"), runTable(await api("GET", "/runs?state=done"), t("run.done_none")), el("p", {}, page.back()));
}

/** The form that settles a document which was handed over twice: what was found out, for the counters. */
function settleForm(row) {
  const note = el("input", { name: "note", required: "", maxlength: "500", autocomplete: "off" });
  const close = page.button([t("run.cancel"), el("kbd", {}, "Esc")], () => page.go("twice"), { "data-cancel": "" });
  const form = el("form", { class: "card stack narrow", "data-ask": "settle", "aria-label": t("run.twice_settle_of", row) },
    el("h2", {}, t("run.twice_settle_of", row)), el("p", {}, row.about), el("label", {}, t("run.twice_found"), note),
    el("div", { class: "row" }, el("button", { class: "first" }, t("run.write")), close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      await api("POST", `/deliveries/lists/twice/${row.event}`, { note: note.value });
      await listed("twice");
      page.say(t("run.twice_settled", row));
    }, () => listed("twice"));
  });
  return form;
}

/** Opens that form above the list. */
function settleButton(row) {
  return page.button(t("run.twice_settle"), async () => {
    main.querySelector("[data-ask]")?.remove();
    main.querySelector("h1").after(settleForm(row));
    main.querySelector("[name=note]").focus();
  }, { "data-settle": "", "aria-label": t("run.twice_settle_of", row) });
}

async function listed(list) {
  const rows = await api("GET", `/deliveries/lists/${list}`);
  const heads = ["file", "recipient", "address", "about", "since", "run"].map((c) => t(`run.col_${c}`));
  const body = rows.map((row) => [el("span", { class: "code" }, row.number), [row.recipient, ...(row.may_collect ? [el("span", { class: "flag" }, t("run.may_collect", row))] : [])],
    [row.address, ...(row.tracking ? [el("span", { class: "flag" }, t("run.tracking", row))] : [])], row.about, row.since,
    row.event ? settleButton(row) : row.run ? page.button(row.run_number, () => page.go(`tas/${row.run}`), { class: "open code" }) : ""]);
  page.show(t(`run.${list}`), ...(rows.length ? [el("p", { class: "hint" }, t(`run.${list}_hint`)), table(t(`run.${list}`), heads, body)] : [el("p", { class: "card" }, t(`run.${list}_none`))]),
    el("p", {}, page.back()));
}

async function route() {
  const [view, first = "", second = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
  if (view === "siap") return packView(page, first, second);
  if (view === "tas") return runView(page, first);
  if (view === "selesai") return finished();
  if (LISTS.includes(view)) return listed(view);
  return home();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !location.hash) return;
  // A form that is open closes first.
  const form = main.querySelector("[data-ask]");
  if (form) return form.querySelector("[data-cancel]").click();
  page.go("");
});
addEventListener("hashchange", () => {
  const kept = said.textContent;
  attempt(route).then(() => { said.textContent ||= kept; });
});
useTheme();
await loadTexts();
await loadTexts("/officer/delivery.json");
document.title = `${t("run.title")} · ${t("desk.title")}`;
await attempt(async () => {
  const me = await api("GET", "/me");
  const files = ["check.read", "computer.approve"].some((action) => me.may.includes(action));
  bar(me, files ? [el("a", { href: "/officer/", class: "button" }, t("run.files"))] : [], attempt);
  await route();
});
