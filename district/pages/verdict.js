// What a receipt's QR proves, and what it does not: the same as crypto/src/verdict.rs. Both are held to
// crypto/tests/vectors/verdicts.json. Formats: COSE_Sign1 (RFC 9052), CBOR (RFC 8949), base32 (RFC 4648).

const CERTIFICATE = -70100;
const CLAIM = { office: 1, issued_s: 6, number: -70001, group: -70002, documents: -70003, initials: -70004 };
const ISS = 1, SUB = 2, EXP = 4, NBF = 5, CNF = 8;
/** Longest token read, in bytes, as in crypto/src/receipt_token.rs. */
const TOKEN_BYTES_MAX = 2331;
/** Deepest nesting read: real tokens have four levels. */
const DEPTH_MAX = 32;
const NUMBER_SYMBOLS = '0123456789ABCDEFGHJKMNPQRTVWXYZ';

/** Something that is no such token, or cut short. */
class Unreadable extends Error {}
/** @returns {never} */
const unreadable = () => { throw new Unreadable(); };

/**
 * Judges what was pasted or read from a picture. `trust` has `keys` and `lost` (hex) and `district` (number); `verifies`
 * checks an Ed25519 signature: (key, message, signature) => Promise<boolean>.
 */
export async function judge(text, trust, verifies = verifyEd25519) {
  const number = readNumber(text);
  if (number) return { ruling: 'unsure', reason: 'number_only', claims: null, number };
  try {
    return { claims: null, number: null, ...(await judged(fromText(text), trust, verifies)) };
  } catch (e) {
    if (!(e instanceof Unreadable)) throw e;
    return { ruling: 'unsure', reason: 'unreadable', claims: null, number: null };
  }
}

/** Whom to believe, from what the district told and signed; null when its own key did not sign it. */
export async function believed({ told, sig }, verifies = verifyEd25519) {
  const trust = JSON.parse(told);
  const said = new TextEncoder().encode(`jukung-trusted-1|${told}`);
  return (await verifies(fromHex(trust.keys[0]), said, fromHex(sig))) ? trust : null;
}

async function judged(token, trust, verifies) {
  const outer = readSigned(token);
  const inner = readSigned(bytesOf(outer.open.get(CERTIFICATE)));
  if (!(await heldBy(inner, trust.keys.map(fromHex), verifies))) {
    let claimed = null;
    try { claimed = readCbor(inner.payload ?? unreadable()).get?.(ISS); } catch (e) { if (!(e instanceof Unreadable)) throw e; }
    return claimed === trust.district ? { ruling: 'not_genuine', reason: 'not_by_district' } : { ruling: 'unsure', reason: 'other_district' };
  }
  const device = readDevice(readCbor(inner.payload ?? unreadable()));
  if (!(await heldBy(outer, [device.key], verifies))) return { ruling: 'not_genuine', reason: 'changed' };
  const claims = readClaims(readCbor(outer.payload ?? unreadable()));
  if (claims.issued_s < device.from_s || claims.issued_s > device.until_s) return { ruling: 'unsure', reason: 'out_of_date' };
  if (!String(claims.office).startsWith(String(device.district))) return { ruling: 'not_genuine', reason: 'office_elsewhere' };
  if (trust.lost.includes(toHex(device.key))) return { ruling: 'unsure', reason: 'lost', claims };
  return { ruling: 'genuine', reason: 'signed', claims };
}

async function heldBy(signed, keys, verifies) {
  if (signed.algorithm !== -8) return false;
  const name = new TextEncoder().encode('Signature1');
  const message = join([[0x84, 0x6a], name, byteString(signed.covered), [0x40], byteString(signed.payload ?? new Uint8Array())]);
  for (const key of keys) if (await verifies(key, message, signed.signature)) return true;
  return false;
}

/** A COSE_Sign1 without its tag. */
function readSigned(bytes) {
  if (bytes.length > TOKEN_BYTES_MAX) unreadable();
  const parts = readCbor(bytes, 'whole');
  if (!Array.isArray(parts) || parts.length !== 4) unreadable();
  const [covered, open, payload, signature] = parts;
  const head = bytesOf(covered).length ? readCbor(covered, 'whole') : new Map();
  if (!(open instanceof Map) || !(head instanceof Map)) unreadable();
  return { covered, open, payload: payload === null ? null : bytesOf(payload), signature: bytesOf(signature), algorithm: head.get(1) };
}

function readDevice(map) {
  const key = mapOf(mapOf(mapOf(map).get(CNF)).get(1));
  if (key.get(1) !== 1 || key.get(-1) !== 6) unreadable();
  textOf(map.get(SUB));
  return { district: intOf(map.get(ISS)), from_s: intOf(map.get(NBF)), until_s: intOf(map.get(EXP)), key: bytesOf(key.get(-2), 32) };
}

function readClaims(map) {
  const at = (name) => mapOf(map).get(CLAIM[name]);
  bytesOf(map.get(-70005), 8);
  bytesOf(map.get(-70006), 16);
  return {
    office: intOf(at('office')), issued_s: intOf(at('issued_s')), number: textOf(at('number')),
    group: intOf(at('group')), documents: intOf(at('documents')), initials: textOf(at('initials')),
  };
}

const mapOf = (value) => (value instanceof Map ? value : unreadable());
const intOf = (value) => (Number.isSafeInteger(value) ? value : unreadable());
const textOf = (value) => (typeof value === 'string' ? value : unreadable());
const bytesOf = (value, length) => (value instanceof Uint8Array && (length === undefined || value.length === length) ? value : unreadable());

/** The value that `bytes` begin with; with `whole`, nothing may follow it. */
function readCbor(bytes, whole = '') {
  const reader = { bytes, at: 0 };
  const value = item(reader, 0);
  if (whole && reader.at !== bytes.length) unreadable();
  return value;
}

function item(reader, depth) {
  if (depth > DEPTH_MAX) unreadable();
  const first = take(reader, 1)[0], kind = first >> 5, small = first & 31;
  if (small > 27) unreadable();
  const wide = small < 24 ? [] : take(reader, 1 << (small - 24));
  const size = small < 24 ? small : wide.reduce((sum, byte) => sum * 256 + byte, 0);
  const many = (most) => (size > most ? unreadable() : Array.from({ length: size }));
  switch (kind) {
    case 0: return size;
    case 1: return -1 - size;
    case 2: return take(reader, size);
    case 3: return utf8(take(reader, size));
    case 4: return many(reader.bytes.length).map(() => item(reader, depth + 1));
    case 5: return mapFrom(many(reader.bytes.length).map(() => [item(reader, depth + 1), item(reader, depth + 1)]));
    case 6: return { tag: size, value: item(reader, depth + 1) };
    default: return small === 22 ? null : { simple: size };
  }
}

function mapFrom(pairs) {
  const map = new Map();
  for (const [key, value] of pairs) if (!map.has(key)) map.set(key, value);
  return map;
}

function take(reader, count) {
  if (reader.at + count > reader.bytes.length) unreadable();
  reader.at += count;
  return reader.bytes.subarray(reader.at - count, reader.at);
}

function utf8(bytes) {
  try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes); } catch { return unreadable(); }
}

/** The bytes of an address, or of its fragment alone, in any case. */
function fromText(text) {
  const symbols = text.trim().split('#').slice(-1)[0].toUpperCase();
  if (symbols.length > TOKEN_BYTES_MAX * 2 || [1, 3, 6].includes(symbols.length % 8)) unreadable();
  const out = [];
  let bits = 0, held = 0;
  for (const symbol of symbols) {
    const value = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(symbol);
    if (value < 0) unreadable();
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) { bits -= 8; out.push(held >> bits); held &= (1 << bits) - 1; }
  }
  return held ? unreadable() : Uint8Array.from(out);
}

/** The registration number somebody typed, as it is printed; nothing when it is none (domain/src/number.rs). */
function readNumber(text) {
  if (!/^[A-Za-z0-9\s\-–./]+$/.test(text)) return null;
  const forgiven = { O: '0', I: '1', L: '1', S: '5', U: 'V' };
  const symbols = [...text.toUpperCase().replace(/[^A-Z0-9]/g, '')].map((s) => forgiven[s] ?? s);
  const values = symbols.map((s) => NUMBER_SYMBOLS.indexOf(s));
  if (symbols.length < 8 || symbols.length > 9 || values.includes(-1)) return null;
  const sum = values.slice(0, -1).reduce((all, value, at) => all + (at + 1) * value, 0);
  const digits = symbols.slice(3, -1).join('');
  const counts = /^\d+$/.test(digits) && Number(digits) >= (digits.length === 5 ? 10_000 : 1);
  if (sum % 31 !== values[values.length - 1] || !counts) return null;
  return `${symbols.slice(0, 3).join('')}-${digits}-${symbols[symbols.length - 1]}`;
}

const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

function byteString(bytes) {
  const size = bytes.length;
  return join([size < 24 ? [0x40 | size] : size < 256 ? [0x58, size] : [0x59, size >> 8, size & 255], bytes]);
}

/** With the browser's own Ed25519; where it has none, with the copy beside this file. */
export async function verifyEd25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  let own;
  try { own = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']); } catch {
    return (await import('./ed25519.js')).verifies(key, message, signature);
  }
  return crypto.subtle.verify({ name: 'Ed25519' }, own, signature, message);
}
