// The page that checks a receipt: from the address that the phone's camera opened, from pasted text, or from a photo where
// the browser reads QR codes. Everything happens here; nothing of the receipt is sent.
import { believed, judge } from './verdict.js';

const get = (id) => document.getElementById(id);
const DAYS = new Intl.DateTimeFormat('id-ID', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
const ZONE_HOURS = { WIB: 7, WITA: 8, WIT: 9 };
const LOOK = { genuine: 'where done', not_genuine: 'where stop', unsure: 'where back' };

const [signed, texts] = await Promise.all(['trusted', 'texts'].map(async (name) => (await fetch(`/asli/${name}.json`)).json()));
const trust = await believed(signed);
const t = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), texts[`verify.${key}`] ?? key);

/** `Rabu, 5 Agustus 2026, 10.14 WITA`, by the clock of the office. */
function moment(ms, zone) {
  const there = new Date(ms + (ZONE_HOURS[zone] ?? 7) * 3_600_000);
  const two = (n) => String(n).padStart(2, '0');
  return `${DAYS.format(there)}, ${two(there.getUTCHours())}.${two(there.getUTCMinutes())} ${zone}`;
}

function rows(verdict) {
  const said = verdict.claims;
  if (!said) return verdict.number ? [['number', verdict.number]] : [];
  const [office, zone] = trust.offices[said.office] ?? [String(said.office), 'WIB'];
  return [
    ['number', said.number], ['office', office], ['issued', moment(said.issued_s * 1000, zone)],
    ['group', t(`group.${said.group}`)], ['documents', t('documents_n', { n: said.documents })], ['initials', said.initials],
  ];
}

function show(ruling, why, facts) {
  const box = get('verdict'), reason = document.createElement('span');
  box.className = LOOK[ruling];
  reason.textContent = why;
  box.replaceChildren(t(ruling), reason);
  box.hidden = false;
  get('facts').replaceChildren(...facts.flatMap(([label, value]) => {
    const [name, said] = [document.createElement('dt'), document.createElement('dd')];
    [name.textContent, said.textContent] = [t(label), value];
    if (label === 'number') said.className = 'code';
    return [name, said];
  }));
  box.focus();
}

async function check(text) {
  const verdict = await judge(text, trust);
  show(verdict.ruling, t(`why.${verdict.reason}`), rows(verdict));
}

/** The address as the camera opened it; what was checked goes out of the address bar, so that a copied address shows nothing. */
async function fromAddress() {
  if (location.hash.length < 2) return;
  const text = decodeURIComponent(location.hash);
  history.replaceState(null, '', location.pathname);
  await check(text);
}

async function fromPhoto(file) {
  try {
    const [code] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(await createImageBitmap(file));
    if (code) return check(code.rawValue);
  } catch { /* no picture, or none this browser reads: said in the same words */ }
  show('unsure', t('page.no_qr'), []);
}

async function keep() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register('/asli/worker.js', { scope: '/asli' });
  await navigator.serviceWorker.ready;
  get('kept').textContent = t('page.kept');
}

/** Where the key of an earlier visit is remembered. */
const KEY = 'kunci';
/** The beginning of the key that receipts are judged with, as the poster at the counter prints it (domain/src/receipt.rs). */
const mark = (key) => key.slice(0, 16).toUpperCase().match(/.{4}/g).join(' ');

/** A list that its own key did not sign is of nobody: the page keeps to what works without it. */
if (!trust) {
  get('plain').querySelector('.note').textContent = t('page.unsigned');
  throw new Error('the list of keys is not signed');
}
get('plain').hidden = true;
get('tool').hidden = false;
get('as-of').textContent = t('page.as_of', { mark: mark(trust.keys[0]), day: moment(trust.made, Object.values(trust.offices)[0]?.[1] ?? 'WIB') });
const before = localStorage.getItem(KEY);
if (before && before !== trust.keys[0]) {
  get('other-key').textContent = t('page.other_key', { before: mark(before), now: mark(trust.keys[0]) });
  get('other-key').hidden = false;
} else localStorage.setItem(KEY, trust.keys[0]);
get('form').addEventListener('submit', (e) => { e.preventDefault(); void check(get('text').value); });
if ('BarcodeDetector' in window) {
  get('photo').hidden = false;
  get('file').addEventListener('change', (e) => { if (e.target.files[0]) void fromPhoto(e.target.files[0]); });
}
window.addEventListener('hashchange', () => void fromAddress());
await fromAddress();
await keep().catch(() => undefined);
