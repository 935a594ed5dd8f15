// What was issued for an application: the letters the district seals, the PDF of SIAK with what its signatures say, and the
// official's own signature on it.
import { api, el, t } from "/officer/parts.js";

/** Statuses in which a document may be attached or signed; the server asks again. */
const ATTACHED_IN = ["IN_PROCESS", "ISSUED", "READY_FOR_PICKUP"];
const WARNS = ["appended", "changed", "unknown"];

const link = (id, road, key, attributes = {}) => el("a", { class: "button", href: `/officer/api/applications/${id}/${road}`, target: "_blank", rel: "noopener", ...attributes }, t(key));

/** Asks for NIK and passphrase of the official; both leave the page with the call and stay in no field. */
function signForm(one, done, close) {
  const nik = el("input", { inputmode: "numeric", autocomplete: "off", required: "", maxlength: "16" });
  const passphrase = el("input", { type: "password", autocomplete: "off", required: "" });
  const cancel = el("button", { type: "button" }, t("ask.cancel"));
  const form = el("form", { class: "card stack narrow", "aria-label": t("issued.sign") }, el("p", {}, t("issued.sign_hint")),
    el("label", {}, t("issued.nik"), nik), el("label", {}, t("issued.passphrase"), passphrase),
    el("div", { class: "row" }, el("button", { class: "first" }, t("issued.sign")), cancel));
  cancel.addEventListener("click", close);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const held = { nik: nik.value.replace(/\s/g, ""), passphrase: passphrase.value };
    passphrase.value = "";
    done(held);
  });
  return { form, nik };
}

function document_(detail, one, may, attempt, show, say) {
  const id = detail.row.id;
  const place = el("div");
  const sign = (held) => attempt(async () => {
    if (held) await api("PUT", "/signing", held);
    show(await api("POST", `/applications/${id}/issued/${one.sha256}/sign`, { by: "official", again: one.unsure }));
    say(t("issued.signed"));
  });
  const button = el("button", { type: "button", "data-sign": one.sha256 }, t(one.unsure ? "issued.sign_again" : "issued.sign"));
  button.addEventListener("click", () => {
    const { form, nik } = signForm(one, sign, () => { place.replaceChildren(); button.focus(); });
    place.replaceChildren(form);
    nik.focus();
  });
  const signs = may("check.approve") && ATTACHED_IN.includes(detail.row.status) && one.verdict !== "changed";
  return el("li", { class: "stack" }, el("p", { class: "hint" }, one.by),
    ...one.told.map((line, at) => el("p", at === 0 && WARNS.includes(one.verdict) ? { class: "flag" } : {}, line)),
    ...(one.unsure ? [el("p", { class: "flag" }, t("issued.unsure"))] : []),
    el("div", { class: "row" }, link(id, `issued/${one.sha256}`, "issued.open"), ...(signs ? [button] : [])), place);
}

function attach(detail, attempt, show, say) {
  const file = el("input", { type: "file", accept: "application/pdf", id: "issued-file", required: "" });
  const form = el("form", { class: "row" }, el("label", {}, t("issued.file"), file), el("button", {}, t("issued.attach")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      show(await api("POST", `/applications/${detail.row.id}/issued`, file.files[0], "application/pdf"));
      say(t("issued.attached"));
    });
  });
  return form;
}

/** The part of an application's page; `show` draws the page anew, `say` says what was done. */
export function issuedPart(detail, may, attempt, show, say) {
  const id = detail.row.id;
  const attaches = may("check.approve") && ATTACHED_IN.includes(detail.row.status);
  const held = detail.issued.map((one) => document_(detail, one, may, attempt, show, say));
  return el("section", { class: "card stack", id: "issued", "aria-label": t("issued.title") }, el("h2", {}, t("issued.title")),
    ...(held.length ? [el("ol", {}, ...held)] : []), ...(attaches ? [attach(detail, attempt, show, say)] : []),
    el("div", { class: "row" }, link(id, "papers/status.pdf", "issued.letter"), link(id, "papers/receipt.pdf", "issued.receipt")));
}
