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

/** One call of the officer's API. Throws `{code, details}` on anything but success. */
export async function api(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/officer/api${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
  } catch {
    throw { code: "no_answer", details: {} };
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw await answer.json().catch(() => ({ code: `http_${answer.status}`, details: {} }));
}
