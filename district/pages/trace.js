// "Jejak data": who saw a person's data, what has to be answered within 3 × 24 hours, whose data a lost computer had, and
// whether the counters' audit fits. A NIK goes into the body of a call and nowhere else.
import { api, el, t } from "/officer/parts.js";

/** Rows of a breach list on the screen; the file has them all. */
const SHOWN = 50;
const time = (ms) => (ms ? new Date(ms).toLocaleString("id-ID", { dateStyle: "long", timeStyle: "short" }) : t("watch.never"));

function table(label, names, rows) {
  const head = el("thead", {}, el("tr", {}, ...names.map(([, text]) => el("th", { scope: "col" }, text))));
  const line = (cells) => el("tr", {}, ...cells.map((cell, at) => el("td", { "data-label": names[at][1] }, ...[cell].flat())));
  return el("table", { class: "queue", "aria-label": label }, head, el("tbody", {}, ...rows.map(line)));
}

/** The parts of the page. `attempt` says what goes wrong, `say` what went well. */
export async function tracePage(attempt, say, may) {
  const [duties, audit] = [await api("GET", "/duties"), await api("GET", "/audit")];
  const place = el("div", { class: "stack" });
  const fill = (list) => place.replaceChildren(dutyTable(list, attempt, (after) => { fill(after); say(t("duty.ended")); }));
  fill(duties);
  const noted = (list) => {
    fill(list);
    say(t("trace.noted", { due: time(Math.max(...list.filter((d) => !d.done).map((d) => d.due))) }));
  };
  return [el("h1", {}, t("trace.title")), el("div", { class: "row" }, el("a", { class: "button", href: "#simpan", id: "retention" }, t("trace.retention"))), person(attempt, noted, may),
    el("section", { class: "card stack" }, el("h2", {}, t("duty.title")), place), breach(attempt, noted), watch(audit)];
}

function person(attempt, noted, may) {
  const text = el("input", { name: "about", required: "", autocomplete: "off", spellcheck: "false", class: "code" });
  const found = el("div", { class: "stack", id: "traced" });
  const form = el("form", { class: "row filters" }, el("label", {}, t("trace.ask"), text), el("button", { class: "first" }, t("trace.find")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const about = text.value;
      const trace = await api("POST", "/trace", { text: about });
      found.replaceChildren(...told(trace, about, attempt, noted, may));
    });
  });
  return el("section", { class: "card stack" }, el("p", { class: "hint" }, t("trace.hint")), form, found);
}

function told(trace, about, attempt, noted, may) {
  if (trace.cases.length === 0) return [el("p", {}, t("trace.none"))];
  const asks = ["access", "correction", "hold"].map((kind) => {
    const button = el("button", { type: "button", "data-kind": kind }, t(`trace.ask_${kind}`));
    button.addEventListener("click", () => attempt(async () => noted(await api("POST", "/duties", { kind, about }))));
    return button;
  });
  const names = ["at", "who", "place", "did"].map((name) => [name, t(`trace.${name}`)]);
  const cases = trace.cases.map((one) => el("article", { class: "card stack" },
    el("h2", {}, `${one.service} · `, el("span", { class: "code" }, one.number), ` · ${one.office} · ${one.status}`),
    ...(one.held ? [el("p", { class: "flag" }, one.held)] : []), ...(may("check.hold") ? [el("p", {}, el("a", { class: "button", href: `#${one.id}` }, t("hold.open_case")))] : []),
    el("p", { class: "hint" }, `${t("trace.kept")}: ${[...new Set(one.kept)].join(", ")}; ${t("trace.papers", { n: one.papers })}`),
    el("h3", {}, t("trace.seen")), table(t("trace.seen"), names, one.seen.map((s) => [time(s.at), s.who, s.place, s.did]))));
  return [el("p", {}, t("trace.found", { n: trace.cases.length, subject: trace.subject.slice(0, 8) })),
    el("div", { class: "row" }, ...asks), ...cases, el("p", { class: "hint" }, t("trace.counters"))];
}

/** How each kind of duty may end. */
const ENDS = { access: ["given", "refused"], correction: ["corrected", "refused"], hold: ["held", "refused"], breach: ["told"] };

function dutyTable(list, attempt, done) {
  if (list.length === 0) return el("p", {}, t("duty.none"));
  const names = ["kind", "subject", "made", "due", "state", "does"].map((name) => [name, t(`duty.${name}`)]);
  return table(t("duty.title"), names, list.map((duty) => [t(`duty.kind.${duty.kind}`), el("span", { class: "code" }, duty.subject.slice(0, 8)),
    `${time(duty.made)}, ${duty.made_by}`, time(duty.due), state(duty), duty.done ? "" : ends(duty, attempt, done)]));
}

function state(duty) {
  if (duty.done) return el("span", { class: "badge done" }, t("duty.by", { what: t(`duty.end.${duty.note}`), name: duty.done_by, at: time(duty.done) }));
  return el("span", { class: `badge ${duty.late ? "stop" : "wait"}` }, t(duty.late ? "duty.late" : "duty.open"));
}

function ends(duty, attempt, done) {
  const select = el("select", { "aria-label": t("duty.does") }, el("option", { value: "" }, t("duty.choose")), ...ENDS[duty.kind].map((note) => el("option", { value: note }, t(`duty.end.${note}`))));
  // That something is held back the server sees for itself, when it is told of whom: what was written down is no name.
  const about = el("input", { required: "", autocomplete: "off", spellcheck: "false", class: "code" });
  const form = el("form", { class: "stack", hidden: "" }, el("label", {}, t("hold.again"), about), el("button", {}, t("hold.end")));
  const send = (words) => attempt(async () => done(await api("POST", `/duties/${duty.id}/done`, { note: select.value, ...words })));
  form.addEventListener("submit", (event) => { event.preventDefault(); send({ about: about.value }); });
  select.addEventListener("change", () => {
    form.hidden = select.value !== "held";
    if (!form.hidden) about.focus();
    else if (select.value) send({});
  });
  return el("div", { class: "stack" }, select, form);
}

/** A cell that no spreadsheet takes for a formula. */
const cell = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

function breach(attempt, noted) {
  const code = el("input", { name: "code", required: "", autocomplete: "off", spellcheck: "false", maxlength: "3", class: "code" });
  const place = el("div", { class: "stack", id: "affected" });
  const form = el("form", { class: "row filters" }, el("label", {}, t("breach.code"), code), el("button", {}, t("breach.list")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const about = code.value.trim().toUpperCase();
      place.replaceChildren(...affected(await api("POST", "/breach", { text: about }), about, attempt, noted));
    });
  });
  return el("section", { class: "card stack" }, el("h2", {}, t("breach.title")), el("p", { class: "hint" }, t("breach.hint")), form, place);
}

function affected(list, about, attempt, noted) {
  const names = [["number", t("desk.number")], ["name", t("breach.name")], ["phone", t("breach.phone")], ["service", t("desk.service")], ["taken", t("breach.taken")]];
  const row = (p) => [p.number, p.name, p.phone, p.service, t(p.taken_there ? "breach.yes" : "breach.no")];
  const csv = [names.map(([, text]) => text), ...list.people.map(row)].map((cells) => cells.map(cell).join(",")).join("\r\n");
  const save = el("a", { class: "button", download: `warga-terdampak-${about}.csv`, href: URL.createObjectURL(new Blob([csv], { type: "text/csv" })) }, t("breach.save"));
  const note = el("button", { type: "button", class: "warn" }, t("breach.note"));
  note.addEventListener("click", () => attempt(async () => noted(await api("POST", "/duties", { kind: "breach", about }))));
  const there = list.people.filter((p) => p.taken_there).length;
  return [el("p", {}, t("breach.found", { n: list.people.length, office: list.office, at: time(list.last_sync), there })), el("div", { class: "row" }, note, save),
    el("p", { class: "hint" }, t("breach.shown", { n: Math.min(SHOWN, list.people.length) })), table(t("breach.title"), names, list.people.slice(0, SHOWN).map(row)),
    el("h3", {}, t("breach.letter")), el("p", {}, list.letter)];
}

function watch(audit) {
  const names = ["code", "office", "records", "chains", "at"].map((name) => [name, t(`watch.${name}`)]);
  const found = audit.found.map((f) => el("li", {}, `${f.code} · ${f.office} · ${time(f.at)}: ${f.sentence}`));
  return el("section", { class: "card stack" }, el("h2", {}, t("watch.title")), el("p", { class: "hint" }, t("watch.hint")),
    ...(found.length ? [el("h3", {}, t("watch.what")), el("ul", { class: "flag" }, ...found)] : [el("p", {}, t("watch.fits"))]),
    el("p", audit.desk.broken ? { class: "flag" } : {}, t(audit.desk.broken ? "watch.desk_broken" : "watch.desk", audit.desk)),
    table(t("watch.title"), names, audit.known.map((k) => [el("span", { class: "code" }, k.code), k.office, String(k.records), String(k.chains), time(k.at)])));
}
