// What an officer reads before deciding: what the counter flagged, and how the resident agreed.
import { el, t } from "/officer/parts.js";

/** What the counter flagged: read before deciding, so it stands above everything else. */
export function lookAt(detail) {
  const count = (key, n) => (n ? [t(key, { n })] : []);
  const said = [
    ...(detail.consent?.oral ? [t("opened.look_oral")] : []),
    ...count("opened.look_reasons", detail.answers.filter((a) => a.reason).length),
    ...count("opened.look_corrected", detail.answers.filter((a) => a.corrected).length),
    ...count("opened.look_scans", detail.scans.filter((s) => s.remark).length),
    ...count("opened.look_missing", detail.missing.length),
  ];
  if (said.length === 0) return [];
  return [el("section", { class: "card look" }, el("h2", {}, t("opened.look")), el("ul", {}, ...said.map((s) => el("li", {}, s))))];
}

/** How the resident agreed. */
export function consent(detail) {
  const given = detail.consent;
  const said = given ? [given.given_by, given.mark, ...(given.witnesses.length ? [t("opened.witnesses", { names: given.witnesses.join(", ") })] : []), given.read_back] : [t("opened.consent_none")];
  return [el("h2", {}, t("opened.consent")), el("ul", {}, ...said.filter(Boolean).map((s) => el("li", {}, s)))];
}
