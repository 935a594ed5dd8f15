// The scans of one application, large beside the answers: next, zoom and turn by mouse or by one key.
import { el, t } from "/officer/parts.js";
import { why } from "/officer/reveal.js";

/** Steps of the zoom: 4 makes a 150-dpi A4 scan larger than any screen. */
const ZOOMS = [1, 1.5, 2, 3, 4];

/** The pane and its keys, for the scans of the application `id`; `attempt` shows what is masked, where that is permitted. */
export function scanPane(id, scans, attempt) {
  if (scans.length === 0) return { node: el("p", {}, t("scan.none")), keys: {} };
  let at = 0, zoom = 0, turns = 0;
  const title = el("h2", { "aria-live": "polite" });
  const remark = el("p", { class: "flag", role: "status" });
  const paper = el("div", { class: "paper", tabindex: "0", role: "region" });

  function size(image) {
    image.classList.toggle("large", ZOOMS[zoom] > 1);
    image.style.width = ZOOMS[zoom] > 1 ? `${ZOOMS[zoom] * 100}%` : "";
    image.style.transform = turns ? `rotate(${turns * 90}deg)` : "";
  }
  function draw() {
    const scan = scans[at];
    title.textContent = t("scan.title", { name: scan.name, n: at + 1, m: scans.length });
    remark.textContent = scan.remark;
    remark.hidden = !scan.remark;
    paper.setAttribute("aria-label", t("scan.alt", scan));
    const from = `/officer/api/applications/${id}/scans/${scan.sha256}`;
    const masked = () => paper.replaceChildren(el("p", {}, t("reveal.mark")), ...(attempt ? [why(id, scan.sha256, scan.name, attempt, (shown) => (scans[at] !== scan ? undefined : shown === null ? masked() : seen()))] : []));
    const seen = () => {
      if (scan.media === "application/pdf") return paper.replaceChildren(el("object", { data: from, type: scan.media, "aria-label": t("scan.alt", scan) }));
      const image = el("img", { src: from, alt: t("scan.alt", scan) });
      size(image);
      paper.replaceChildren(image);
    };
    if (scan.gone) paper.replaceChildren(el("p", { class: "card" }, scan.gone));
    else if (!scan.held) paper.replaceChildren(el("p", { class: "card" }, t("scan.waiting")));
    else if (scan.hidden) masked();
    else seen();
  }
  const move = (by) => { at = (at + by + scans.length) % scans.length; zoom = 0; turns = 0; draw(); };
  const again = () => { const image = paper.querySelector("img"); if (image) size(image); };
  const larger = () => { zoom = Math.min(zoom + 1, ZOOMS.length - 1); again(); };
  const smaller = () => { zoom = Math.max(zoom - 1, 0); again(); };
  const turn = () => { turns = (turns + 1) % 4; again(); };
  const button = (key, sign, act) => {
    const b = el("button", { type: "button" }, t(key), el("kbd", {}, sign));
    b.addEventListener("click", act);
    return b;
  };
  const bar = el("div", { class: "row" }, ...(scans.length > 1 ? [button("scan.previous", "[", () => move(-1)), button("scan.following", "]", () => move(1))] : []),
    button("scan.larger", "+", larger), button("scan.smaller", "-", smaller), button("scan.turn", "R", turn));
  draw();
  return {
    node: el("div", { class: "stack" }, title, remark, paper, bar),
    keys: { "[": () => move(-1), "]": () => move(1), "+": larger, "=": larger, "-": smaller, R: turn },
  };
}
