// Small parts of the officers' page: elements, sentences, calls. Text is always set as text, never as HTML.
let texts = {};

/** Loads a file of sentences once. */
export async function loadTexts(from = "/officer/texts.json") {
  texts = { ...texts, ...(await (await fetch(from)).json()) };
}

/** The sentence of `key` with its {placeholders} filled; the key itself when there is none. */
export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values?.[name] ?? whole);
}

/** An element with attributes and children. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** One call of the officer's API; `media` names a body that is no JSON. Throws `{code, details}` on anything but success. */
export async function api(method, path, body, media) {
  let answer;
  try {
    answer = await fetch(`/officer/api${path}`, {
      method,
      headers: body ? { "Content-Type": media ?? "application/json" } : {},
      body: media ? body : body && JSON.stringify(body),
    });
  } catch {
    throw { code: "no_answer", details: {} };
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw await answer.json().catch(() => ({ code: `http_${answer.status}`, details: {} }));
}

/** A table that becomes cards on a phone: `heads` are its columns, `rows` lists of cells (text or nodes). */
export function table(caption, heads, rows) {
  const cells = (row) => row.map((cell, at) => el("td", { "data-label": heads[at] }, el("div", {}, ...[cell].flat())));
  return el("table", { class: "queue" }, el("caption", { class: "hint" }, caption),
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows.map((row) => el("tr", {}, ...cells(row)))));
}
