// Packing: the documents that wait for one way, ticked to go, and who carries them.
import { api, el, t } from "/officer/parts.js";

/** Documents in one run, as the server counts them. */
const MOST = 60;

function row(page, document) {
  const tick = el("input", { type: "checkbox", name: "app", value: document.app, checked: "", "aria-label": t("run.pack_one", document) });
  const cells = { n: tick, file: el("span", { class: "code" }, document.number), recipient: document.recipient, address: document.address, since: document.since };
  return el("tr", {}, ...Object.entries(cells).map(([name, cell]) => el("td", { "data-label": t(`run.col_${name}`) }, el("div", {}, cell))));
}

/** The documents of one pile, ready to become a run. */
export async function packView(page, way, place) {
  const [work, waiting] = await Promise.all([api("GET", "/deliveries"), api("GET", `/deliveries/pack?${new URLSearchParams({ way, place })}`)]);
  const pile = work.piles.find((p) => p.way === way && p.place === place) ?? { name: t(`run.way.${way}`) };
  const title = t("run.pack_title", pile);
  if (!waiting.length) return page.show(title, el("p", { class: "card" }, t("run.pack_empty")), el("p", {}, page.back()));
  const heads = ["n", "file", "recipient", "address", "since"].map((c) => el("th", { scope: "col" }, t(`run.col_${c}`)));
  const body = el("tbody", {}, ...waiting.map((document) => row(page, document)));
  const ticks = [...body.querySelectorAll("input")];
  // A run holds no more; the next ones wait for the next run.
  ticks.slice(MOST).forEach((tick) => { tick.checked = false; });
  const all = page.button(t("run.pack_all"), () => ticks.forEach((tick, at) => { tick.checked = at < MOST; }));
  const carrier = el("input", { name: "carrier", maxlength: "80", autocomplete: "off", ...(way === "officer" ? { required: "" } : {}) });
  const cod = el("input", { name: "cod", type: "number", min: "0", max: "100000", step: "500", value: "0", inputmode: "numeric" });
  const form = el("form", { class: "stack" },
    el("p", { class: "hint" }, t("run.pack_hint")),
    el("table", { class: "queue", "aria-label": title }, el("thead", {}, el("tr", {}, ...heads)), body), el("div", {}, all),
    el("div", { class: "card stack narrow" },
      el("label", {}, t(way === "officer" ? "run.carrier" : "run.carrier_bag"), carrier),
      ...(way === "post" ? [el("label", {}, t("run.cod_ask"), cod), el("p", { class: "hint" }, t("run.cod_hint"))] : []),
      el("div", { class: "row" }, el("button", { class: "first" }, t(way === "officer" ? "run.make.officer" : "run.make")), page.back())));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    page.attempt(async () => {
      const apps = ticks.filter((tick) => tick.checked).map((tick) => tick.value);
      const made = await api("POST", "/runs", { way, place, carrier: carrier.value, cod: Number(cod.value) || 0, apps });
      page.go(`tas/${made.row.id}`);
      page.say(t("run.made", made.row));
    });
  });
  page.show(title, form);
}
