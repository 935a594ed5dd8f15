// "Akun saya": the code from a telephone that is asked for at every sign-in, and where one is signed in.
import { api, el, t, table } from "/officer/parts.js";

const when = (ms) => new Date(ms).toLocaleString("id-ID", { dateStyle: "long", timeStyle: "short" });

/** A form with six digits; `use` gets them. */
function digits(button, attempt, use) {
  const code = el("input", { name: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "7", required: "" });
  const form = el("form", { class: "row" }, el("label", {}, t("account.code"), code), el("button", { class: "first" }, t(button)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => use(code.value));
  });
  return { form, code };
}

/** The parts of the page. `attempt` says what goes wrong, `say` what went well. */
export async function accountPage(attempt, say) {
  const place = el("div", { class: "stack" });
  const again = async (told) => { draw(await api("GET", "/account")); say(t(told)); };

  const offered = async (card) => {
    const offer = await api("POST", "/account/code");
    const typed = digits("account.confirm", attempt, async (code) => {
      await api("POST", "/account/code/confirm", { code });
      await again("account.kept");
    });
    card.replaceChildren(el("h2", {}, t("account.phone")), el("p", {}, t("account.scan")),
      el("img", { src: `data:image/png;base64,${offer.picture}`, alt: t("account.picture"), width: "220", height: "220" }),
      el("p", {}, t("account.by_hand"), " ", el("code", { id: "secret" }, offer.secret)), typed.form);
    typed.code.focus();
  };

  const phone = (account) => {
    const card = el("section", { class: "card stack" });
    const title = el("h2", {}, t("account.phone"));
    if (account.code) {
      const typed = digits("account.forget", attempt, async (code) => {
        await api("POST", "/account/code/forget", { code });
        await again("account.forgotten");
      });
      card.append(title, el("p", {}, t("account.asked")), typed.form);
    } else {
      const begin = el("button", { type: "button", class: "first" }, t("account.begin"));
      begin.addEventListener("click", () => attempt(() => offered(card)));
      card.append(title, el("p", {}, t("account.alone")), el("div", { class: "row" }, begin));
    }
    return card;
  };

  const row = (session) => {
    const end = el("button", { type: "button", "aria-label": t("account.end_one", { when: when(session.made) }) }, t("account.end"));
    end.addEventListener("click", () => attempt(async () => {
      await api("POST", `/account/sessions/${session.id}/end`);
      await again("account.ended");
    }));
    return [when(session.made), session.agent || t("account.unknown"), session.here ? t("account.here") : end];
  };

  const draw = (account) => place.replaceChildren(phone(account), el("section", { class: "card stack" }, el("h2", {}, t("account.sessions")),
    table(t("account.sessions_hint"), [t("account.since"), t("account.browser"), t("account.do")], account.sessions.map(row))));
  draw(await api("GET", "/account"));
  return [el("h1", {}, t("account.title")), place];
}

/** The form at the door, and its first box; `start` goes on once somebody is in. */
export function signInForm(attempt, start) {
  const name = el("input", { name: "name", autocomplete: "username", required: "" });
  const passphrase = el("input", { name: "passphrase", type: "password", autocomplete: "current-password", required: "" });
  const code = el("input", { name: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "7" });
  const asked = el("label", { hidden: "" }, t("account.code"), code);
  const form = el("form", { class: "card stack sign-in" }, el("h1", {}, t("desk.title")),
    el("label", {}, t("desk.name"), name), el("label", {}, t("desk.passphrase"), passphrase), asked,
    el("button", { class: "first" }, t("desk.sign_in")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      try {
        await api("POST", "/sign-in", { name: name.value, passphrase: passphrase.value, code: code.value });
      } catch (problem) {
        // Asked for only once the passphrase is right: whoever has no code never sees the box.
        if (["code_needed", "wrong_code"].includes(problem.code)) {
          asked.hidden = false;
          code.value = "";
          code.focus();
        }
        throw problem;
      }
      await start();
    });
  });
  return { form, name };
}
