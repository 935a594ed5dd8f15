// The officers' page of what families write: complaints by deadline, talks on WhatsApp, messages with their fate. Whoever
// is not signed in goes to the officers' first page.
import { bar, useTheme } from "/officer/bar.js";
import { api, el, loadTexts, t } from "/officer/parts.js";

const main = document.getElementById("main");
const said = document.getElementById("said");
const STATES = ["", "answered", "closed"];
/** State of complaints that is looked at; empty: those that wait. */
let state = "";

const VIEWS = { complaints, hotline, messages };

function show(title, ...parts) {
  const head = el("h1", { tabindex: "-1" }, title);
  main.replaceChildren(head, ...parts);
  head.focus();
}

/** Runs `work`; what goes wrong is said above the screen. */
async function attempt(work) {
  said.textContent = "";
  try {
    await work();
  } catch (problem) {
    if (!problem.code) throw problem;
    if (problem.code === "signed_out") return location.assign("/officer/");
    const key = `fam.trouble.${problem.code}`;
    const text = t(key) === key ? t("fam.trouble", problem) : t(key);
    main.querySelector(".trouble")?.remove();
    main.prepend(el("p", { class: "trouble", role: "alert" }, text));
  }
}

function button(label, work, attributes = {}) {
  const out = el("button", { type: "button", ...attributes }, label);
  out.addEventListener("click", () => attempt(work));
  return out;
}

function table(caption, heads, rows) {
  return el("table", { class: "queue" }, el("caption", { class: "hint" }, caption),
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows));
}

/** A cell that names its column on a phone. */
const cell = (label, ...inside) => el("td", { "data-label": label }, el("div", {}, ...inside));

const tone = (row) => (row.overdue ? "stop" : row.state === "closed" || row.state === "answered" ? "done" : "wait");

async function complaints() {
  const rows = await api("GET", `/complaints?state=${state}`);
  const pick = el("select", { "aria-label": t("fam.state") }, ...STATES.map((s) => el("option", { value: s }, t(`fam.state.${s || "waiting"}`))));
  pick.value = state;
  pick.addEventListener("change", () => attempt(() => { state = pick.value; return complaints(); }));
  const heads = ["number", "kind", "source", "due", "state"].map((k) => t(`fam.${k}`));
  const body = rows.map((row) => el("tr", {},
    cell(heads[0], button(row.number, () => complaint(row.id), { class: "open code" })), cell(heads[1], row.kind),
    cell(heads[2], row.office || row.source), cell(heads[3], row.due),
    cell(heads[4], el("span", { class: `badge ${tone(row)}` }, row.overdue ? t("fam.overdue") : row.state_text))));
  show(t("fam.complaints"), el("p", {}, pick), rows.length ? table(t("fam.complaints_by_day"), heads, body) : el("p", {}, t("fam.no_complaints")));
}

async function complaint(id) {
  opened(await api("GET", `/complaints/${id}`));
}

function opened(c) {
  const words = el("textarea", { rows: "5", id: "answer", maxlength: "4000" });
  const files = c.files.map(([sha256, media], n) => el("li", {}, el("a", { href: `/officer/api/complaints/${c.row.id}/files/${sha256}`, target: "_blank", rel: "noopener" }, t("fam.file", { n: n + 1, media }))));
  const answer = el("form", { class: "stack" }, el("label", { for: "answer" }, t("fam.answer")), words, el("button", { class: "first" }, t("fam.send_answer")));
  answer.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      opened(await api("POST", `/complaints/${c.row.id}/answer`, { words: words.value }));
      said.textContent = t("fam.answered", c.row);
    });
  });
  const fact = (key, value) => (value ? el("p", {}, el("strong", {}, `${t(`fam.${key}`)}: `), value) : "");
  show(t("fam.complaint", c.row), button(t("fam.back"), complaints), el("div", { class: "card stack" },
    fact("kind", c.row.kind), fact("due", c.row.overdue ? t("fam.due_over", c.row) : c.row.due), fact("about", c.about), fact("name", c.name), fact("contact", c.contact),
    el("p", {}, c.words), files.length ? el("ul", {}, ...files) : ""), el("h2", {}, t("fam.story")),
    c.story.length ? el("ol", {}, ...c.story.map((line) => el("li", {}, line))) : el("p", {}, t("fam.no_story")), c.answerable ? answer : "");
}

async function hotline() {
  const talks = await api("GET", "/hotline");
  const cards = talks.map((talk, n) => {
    const words = el("textarea", { rows: "2", id: `words-${n}`, maxlength: "4000" });
    const form = el("form", { class: "stack" }, el("label", { for: `words-${n}` }, t("fam.reply")), words, el("button", {}, t("fam.send_reply")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(async () => {
        await api("POST", `/hotline/${encodeURIComponent(talk.sender)}`, { words: words.value });
        await hotline();
        said.textContent = t("fam.on_its_way");
      });
    });
    const lines = talk.lines.map(([way, text]) => el("li", {}, el("strong", {}, `${t(`fam.way.${way}`)}: `), text));
    return el("section", { class: "card stack", "aria-label": talk.sender }, el("h2", {}, talk.sender, talk.waits ? el("span", { class: "badge back" }, t("fam.waits")) : ""),
      el("ol", {}, ...lines), talk.open ? form : el("p", {}, t("fam.window_over")));
  });
  show(t("fam.hotline"), ...(cards.length ? cards : [el("p", {}, t("fam.no_talks"))]));
}

async function messages() {
  const rows = await api("GET", "/messages");
  const heads = ["to", "text", "fate"].map((k) => t(`fam.${k}`));
  const again = (row) => button(t("fam.again"), async () => { await api("POST", "/messages/again", { id: row.id }); await messages(); });
  const body = rows.map((row) => el("tr", {}, cell(heads[0], row.to), cell(heads[1], row.text),
    cell(heads[2], el("span", { class: `badge ${row.state === "failed" ? "stop" : row.state === "unsure" ? "back" : "done"}` }, row.state_text), row.why ? ` (${row.why}) ` : " ", ["failed", "unsure"].includes(row.state) ? again(row) : "")));
  show(t("fam.messages"), rows.length ? table(t("fam.messages_newest"), heads, body) : el("p", {}, t("fam.no_messages")));
}

useTheme();
await loadTexts();
await loadTexts("/officer/family.json");
document.title = `${t("desk.families")} · ${t("desk.title")}`;
await attempt(async () => {
  const me = await api("GET", "/me");
  const files = ["check.read", "computer.approve"].some((action) => me.may.includes(action));
  const pages = Object.keys(VIEWS).map((name) => button(t(`fam.${name}`), VIEWS[name], { "data-view": name }));
  bar(me, [...(files ? [el("a", { href: "/officer/", class: "button" }, t("fam.files"))] : []), el("nav", { class: "row", "aria-label": t("fam.pages") }, ...pages)], attempt);
  await complaints();
});
