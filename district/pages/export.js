// The list as it stands, as files for a spreadsheet.
import { el, t } from "/officer/parts.js";

/** Applications in one file, as the server allows. */
const ROWS_MAX = 5000;

/** Links to the files of what is `wanted`; too many are narrowed first. */
export function exportLinks(wanted, total) {
  if (!total) return [];
  if (total > ROWS_MAX) return [el("p", { class: "hint" }, t("desk.export_many", { most: ROWS_MAX.toLocaleString("id-ID") }))];
  const { page: _, ...same } = wanted;
  const link = (end) => el("a", { class: "button", href: `/officer/api/export/list.${end}?${new URLSearchParams(same)}`, download: "", "data-export": end }, t(`desk.export_${end}`));
  return [el("p", { class: "row" }, link("csv"), link("xlsx"))];
}
