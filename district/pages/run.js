// One run: what it carries in its order, its papers, and what became of each document.
import { api, el, t, table } from "/officer/parts.js";

const TONE = { packed: "wait", out: "wait", waiting: "back", delivered: "done", returned: "stop", gone: "stop" };
const RELATIONS = ["self", "spouse", "child", "grandchild", "parent", "relative", "neighbour", "rt_head", "village_head", "proxy"];
const WHY = ["nobody", "address", "moved", "refused", "unreachable"];
const MARKS = ["signature", "thumbprint"];
/** Attempts a run has, as the server counts them. */
const ATTEMPTS = 2;

const field = (key, box) => el("label", {}, t(key), box);
/** A list whose values are the words themselves: they are read by families and counters. */
const words = (name, keys) => el("select", { name }, ...keys.map((key) => el("option", {}, t(key))));

/** The form of a step for one document; `send` gets how to ask for what was said. */
function ask(step, item, run, send, close) {
  const last = step === "failed" && item.attempts + 1 >= ATTEMPTS;
  const fields = {
    deliver: () => [
      field("run.ask.recipient", el("input", { name: "recipient", required: "", autocomplete: "off", value: item.recipient })),
      field("run.ask.relation", words("relation", RELATIONS.map((r) => `run.relation.${r}`))),
      el("fieldset", {}, el("legend", {}, t("run.ask.mark")), ...MARKS.map((mark) => el("label", { class: "choice" }, el("input", { type: "radio", name: "mark", value: mark, required: "" }), t(`run.mark.${mark}`)))),
      field("run.ask.photo", el("input", { type: "file", name: "photo", id: "photo", accept: "image/*", "aria-describedby": "photo-hint" })),
      el("p", { class: "hint", id: "photo-hint" }, t("run.ask.photo_hint")),
    ],
    failed: () => [
      field("run.ask.why", words("reason", WHY.map((w) => `run.why.${w}`))), field("run.ask.note", el("input", { name: "note", autocomplete: "off" })),
      ...(last ? [field("run.ask.place_last", el("input", { name: "place", required: "", value: run.waits_at }))] : []),
    ],
    arrive: () => [field("run.ask.place", el("input", { name: "place", required: "", value: run.waits_at }))],
    return: () => [field("run.ask.why_back", words("reason", WHY.map((w) => `run.why.${w}`))), field("run.ask.note", el("input", { name: "note", autocomplete: "off" }))],
  }[step]();
  const title = t("run.for", { does: t(`run.do.${step}`), number: item.number });
  const cancel = el("button", { type: "button", "data-cancel": "" }, t("run.cancel"), el("kbd", {}, "Esc"));
  cancel.addEventListener("click", close);
  const form = el("form", { class: "card stack narrow", "data-ask": step, "aria-label": title }, el("h2", {}, title), ...fields,
    el("div", { class: "row" }, el("button", { class: "first" }, t("run.write")), cancel));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { note, photo, ...said } = Object.fromEntries(new FormData(form));
    if (note?.trim()) said.reason = `${said.reason}. ${note.trim()}`;
    send(async () => ({ ...said, attempt: item.attempts + 1, photo: await base64(photo) }));
  });
  return form;
}

/** Bytes of a chosen file as the server takes them; nothing when none was chosen. */
async function base64(file) {
  if (!file?.size) return "";
  const bytes = new Uint8Array(await file.arrayBuffer());
  let letters = "";
  for (let at = 0; at < bytes.length; at += 0x8000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(letters);
}

function papers(run) {
  const link = (paper, key) => el("a", { class: "button", href: `/officer/api/runs/${run.row.id}/${paper}`, target: "_blank", rel: "noopener" }, t(key));
  return [link("manifest.pdf", "run.manifest"), link("labels.pdf", "run.labels"), ...(run.row.way === "post" ? [link("letters.csv", "run.letters")] : [])];
}

/** What can be done with the run itself. */
function runButtons(page, run, shown) {
  const { row } = run;
  const again = () => shown(row.id);
  const act = (label, work, attributes) => {
    const button = el("button", { type: "button", ...attributes }, label);
    button.addEventListener("click", () => page.attempt(work, again));
    return button;
  };
  if (row.state === "open" || run.items.some((item) => item.state === "packed")) {
    const send = act(t("run.send"), async () => { draw(page, await api("POST", `/runs/${row.id}/send`), shown); page.say(t("run.sent", row)); }, { class: "first", id: "send" });
    const unpack = act(t("run.unpack"), async () => {
      if (!confirm(t("run.unpack_sure", row))) return;
      await api("POST", `/runs/${row.id}/unpack`);
      page.go("");
      page.say(t("run.unpacked", row));
    }, { class: "warn" });
    return row.state === "open" ? [send, unpack] : [send];
  }
  const onTheWay = run.items.some((item) => item.does.includes("arrive"));
  return onTheWay ? [act(t("run.arrive_all"), async () => {
    draw(page, await api("POST", `/runs/${row.id}/arrive`, { place: run.waits_at }), shown);
    page.say(t("run.arrived_all", row));
  }, { class: "first", id: "arrive" })] : [];
}

/** Buttons of one document while the run is open: its place in the order. */
function orderButtons(page, run, at, shown) {
  const apps = run.items.map((item) => item.app);
  const put = (order, focus) => page.attempt(async () => {
    draw(page, await api("POST", `/runs/${run.row.id}/order`, { apps: order }), shown);
    document.querySelector(`[data-move="${focus}"]:not(:disabled)`)?.focus();
  }, () => shown(run.row.id));
  const moved = (by) => { const order = [...apps]; [order[at], order[at + by]] = [order[at + by], order[at]]; return order; };
  const button = (key, name, order, focus, usable) => {
    const out = el("button", { type: "button", "aria-label": t(name, run.items[at]), "data-move": `${key}-${apps[at]}`, ...(usable ? {} : { disabled: "" }) }, t(`run.${key}`));
    out.addEventListener("click", () => put(order(), focus));
    return out;
  };
  return [
    button("up", "run.earlier", () => moved(-1), `up-${apps[at]}`, at > 0),
    button("down", "run.later", () => moved(1), `down-${apps[at]}`, at + 1 < apps.length),
    button("out", "run.take_out", () => apps.filter((_, n) => n !== at), `out-${apps[at + 1] ?? apps[at - 1]}`, apps.length > 1),
  ];
}

function stepButtons(page, run, item, place, shown) {
  return item.does.map((step) => {
    const out = el("button", { type: "button", "aria-label": t("run.for", { does: t(`run.do.${step}`), number: item.number }), "data-step": `${step}-${item.app}` }, t(`run.do.${step}`));
    const close = () => { place.replaceChildren(); out.focus(); };
    const send = (told) => page.attempt(async () => {
      const said = await told();
      draw(page, await api("POST", `/runs/${run.row.id}/items/${item.app}/${step}`, said), shown);
      page.say(t(`run.told.${step}`, { ...item, ...said }));
    }, () => shown(run.row.id));
    out.addEventListener("click", () => {
      page.say("");
      place.replaceChildren(ask(step, item, run, send, close));
      place.scrollIntoView({ block: "nearest" });
      place.querySelector("input, select")?.focus();
    });
    return out;
  });
}

function draw(page, run, shown) {
  const place = el("div");
  const heads = ["n", "file", "recipient", "address", "state", "does"].map((c) => t(`run.col_${c}`));
  const rows = run.items.map((item, at) => [
    String(item.n), [el("span", { class: "code" }, item.number), el("a", { href: `/officer/api/runs/${run.row.id}/items/${item.app}/slip.pdf`, target: "_blank", rel: "noopener", "aria-label": t("run.slip_of", item) }, t("run.slip"))],
    [item.recipient, ...(item.may_collect ? [el("span", { class: "flag" }, t("run.may_collect", item))] : [])],
    [item.address, ...(item.tracking ? [el("span", { class: "flag" }, t("run.tracking", item))] : [])],
    el("span", { class: `badge ${TONE[item.state]}` }, item.state_text),
    el("div", { class: "row" }, ...(run.row.state === "open" ? orderButtons(page, run, at, shown) : stepButtons(page, run, item, place, shown)))]);
  page.show(run.row.number,
    el("p", {}, el("strong", {}, t("run.head", run.row)), ` · ${run.row.state_text}`),
    el("p", { class: "hint" }, t("run.made_by", { ...run, ...run.row }), run.sent ? ` ${t("run.sent_on", { ...run, due: run.row.due })}` : ""),
    ...(run.row.overdue ? [el("p", { class: "flag" }, t("run.late"))] : []),
    ...(run.cod ? [el("p", { class: "flag" }, run.cod)] : []),
    el("div", { class: "row gap" }, ...runButtons(page, run, shown), ...papers(run), page.back()),
    place, table(t("run.col_file"), heads, rows));
}

/** One run. */
export async function runView(page, id) {
  draw(page, await api("GET", `/runs/${encodeURIComponent(id)}`), (again) => runView(page, again));
}
