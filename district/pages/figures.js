// The officers' page of figures. Each is a sentence that says what was found, a drawing of it, and the table behind it, which
// can be taken along as CSV. Sentences and numbers come from the server.
import { api, el, loadTexts, t, table } from "/officer/parts.js";

const main = document.getElementById("main");
const PERIODS = [7, 30, 90];
const SVG = "http://www.w3.org/2000/svg";
const number = (n) => n.toLocaleString("id-ID");
/** A day as people write it; any other label as it is. */
const said = (label) => (/^\d{4}-\d\d-\d\d$/.test(label) ? new Date(`${label}T00:00`).toLocaleDateString("id-ID", { day: "numeric", month: "short", year: "numeric" }) : label);

/** A bar for each line, the longest to the right end. The words stand beside the bars, so nothing is drawn that is not said. */
function bars(figure) {
  const most = Math.max(1, ...figure.rows.map((row) => row.values[0]));
  return el("ul", { class: "bars" }, ...figure.rows.map(({ label, values }) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${(100 * values[0]) / most}%`;
    return el("li", {}, el("span", {}, label), el("span", { class: "track" }, bar), el("strong", {}, number(values[0])));
  }));
}

/** Two bars for each day: what came, and beside it what was answered. */
function days(figure) {
  const most = Math.max(1, ...figure.rows.flatMap((row) => row.values));
  const wide = 640 / figure.rows.length;
  const bar = (n, at, of) => {
    const node = document.createElementNS(SVG, "rect");
    const high = (140 * n) / most;
    const place = { x: wide * (at + (of === "came" ? 0.1 : 0.5)), y: 150 - high, width: wide * 0.4, height: high, class: of };
    for (const [key, value] of Object.entries(place)) node.setAttribute(key, value);
    return node;
  };
  const chart = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 640 150", role: "img", "aria-label": figure.finding, class: "chart" })) chart.setAttribute(key, value);
  chart.append(...figure.rows.flatMap(({ values }, at) => [bar(values[0], at, "came"), bar(values[1], at, "went")]));
  const key = figure.heads.slice(1).map((head, at) => el("span", { class: `key ${at ? "went" : "came"}` }, head));
  const ends = [figure.rows[0], figure.rows.at(-1)].map((row) => el("span", {}, said(row.label)));
  return el("div", {}, el("p", { class: "row keys" }, ...key), chart, el("p", { class: "ends hint" }, ...ends));
}

/** A tile for each subdistrict, darker the more it sent. */
function tiles(figure) {
  const most = Math.max(1, ...figure.rows.map((row) => row.values[0]));
  return el("ul", { class: "tiles" }, ...figure.rows.map(({ label, values }) =>
    el("li", { class: `tile d${values[0] && Math.ceil((4 * values[0]) / most)}` }, el("span", {}, label), el("strong", {}, number(values[0])))));
}

const SHAPES = { bars, days, tiles };

function card(figure, period) {
  const rows = figure.rows.map((row) => [said(row.label), ...row.values.map(number)]);
  const csv = el("a", { class: "button", href: `/officer/api/figures/${figure.name}?days=${period}`, download: `${figure.name}.csv` }, t("figures.csv", { what: figure.heads[0].toLowerCase() }));
  const behind = el("details", {}, el("summary", {}, t("figures.table")), table(figure.finding, figure.heads, rows), el("p", {}, csv));
  return el("section", { class: "card stack", "data-figure": figure.name }, el("h2", {}, figure.finding),
    ...(figure.hint ? [el("p", { class: "hint" }, figure.hint)] : []), ...(rows.length ? [SHAPES[figure.shape](figure), behind] : []));
}

async function show(period) {
  const title = el("h1", { tabindex: "-1" }, t("figures.title"));
  main.replaceChildren(title, el("p", {}, t("figures.reading")));
  const report = await api("GET", `/figures?days=${period}`);
  const choose = PERIODS.map((n) => {
    const button = el("button", { type: "button", "aria-pressed": String(n === period), "data-days": n }, t("figures.days", { n }));
    button.addEventListener("click", () => { location.hash = n; });
    return button;
  });
  main.replaceChildren(title, el("div", { class: "row gap", role: "group", "aria-label": t("figures.period") }, ...choose),
    el("p", { class: "hint" }, t("figures.from_to", { from: said(report.from), to: said(report.to) })), el("div", { class: "figures" }, ...report.figures.map((figure) => card(figure, period))));
  title.focus({ preventScroll: true });
}

async function attempt(work) {
  try {
    await work();
  } catch (problem) {
    if (!problem.code) throw problem;
    if (problem.code === "signed_out") return location.assign("/officer/");
    main.prepend(el("p", { class: "trouble", role: "alert" }, t(`problem.${problem.code}`, problem.details)));
  }
}

function head(me) {
  const contrast = el("button", { type: "button", "aria-pressed": String(document.documentElement.dataset.theme === "contrast") }, t("desk.contrast"));
  contrast.addEventListener("click", () => {
    const theme = document.documentElement.dataset.theme === "contrast" ? "light" : "contrast";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    contrast.setAttribute("aria-pressed", String(theme === "contrast"));
  });
  const out = el("button", { type: "button" }, t("desk.sign_out"));
  out.addEventListener("click", () => attempt(async () => { await api("POST", "/sign-out"); location.assign("/officer/"); }));
  document.getElementById("top").replaceChildren(el("strong", {}, t("desk.title")), el("a", { href: "/officer/", class: "button" }, t("figures.back")), el("span", { class: "who" }, me.name), contrast, out);
}

const asked = () => PERIODS.find((n) => n === Number(location.hash.slice(1))) ?? 30;
addEventListener("hashchange", () => attempt(() => show(asked())));
addEventListener("keydown", (event) => { if (event.key === "Escape") location.assign("/officer/"); });
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (matchMedia("(prefers-contrast: more)").matches ? "contrast" : "light");
await loadTexts();
await loadTexts("/officer/figures.json");
document.title = `${t("figures.title")} · ${t("desk.title")}`;
await attempt(async () => {
  head(await api("GET", "/me"));
  await show(asked());
});
