// The bar on top of the officers' pages: the other pages this officer may open, the theme, the way out.
import { api, el, t } from "/officer/parts.js";

const root = document.documentElement;

/** The theme chosen on this computer; otherwise the one its system asks for. */
export function useTheme() {
  root.dataset.theme = localStorage.getItem("theme") ?? (matchMedia("(prefers-contrast: more)").matches ? "contrast" : "light");
}

/** Changes the theme, and says whether it is the high one. */
export function themeButton() {
  const high = () => root.dataset.theme === "contrast";
  const button = el("button", { type: "button", id: "contrast", "aria-pressed": String(high()) }, t("desk.contrast"));
  button.addEventListener("click", () => {
    root.dataset.theme = high() ? "light" : "contrast";
    localStorage.setItem("theme", root.dataset.theme);
    button.setAttribute("aria-pressed", String(high()));
  });
  return button;
}

/** The bar of a page beside the first one; `attempt` runs what may fail. */
export function bar(me, parts, attempt) {
  const out = el("button", { type: "button" }, t("desk.sign_out"));
  out.addEventListener("click", () => attempt(async () => { await api("POST", "/sign-out"); location.assign("/officer/"); }));
  document.getElementById("top").replaceChildren(el("strong", {}, t("desk.title")), ...parts, el("a", { class: "who", href: "/officer/#akun", title: t("account.title") }, me.name), themeButton(), out);
}
