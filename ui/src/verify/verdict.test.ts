// Goal: the district's page in the browser says of every receipt what the programs say (crypto/tests/verdicts.rs).
import vectors from '../../../crypto/tests/vectors/verdicts.json';
import { describe, expect, it } from 'vitest';
// @ts-expect-error the page's scripts are plain JavaScript, without types
import { believed as untypedBelieved, judge as untyped, verifyEd25519 } from '../../../district/pages/verdict.js';
// @ts-expect-error a library cut down to what the page calls
import { verifies as bundled } from '../../../district/pages/ed25519.js';

interface Verdict { ruling: string; reason: string; number: string | null; claims: { number: string } | null }
type Verifies = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
type Judge = (text: string, trust: object, verifies: Verifies) => Promise<Verdict>;

const judge = untyped as Judge;
const ways: [string, Verifies][] = [['the browser\'s own Ed25519', verifyEd25519 as Verifies], ['the copy for older ones', bundled as Verifies]];

/** Every eleventh bit is changed: all eight places of a byte, in a time that a test may take. */
const STEP = 11;

/** The token with one bit changed, and where. */
function* flipped(text: string): Generator<[number, string]> {
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].flatMap((s) => [16, 8, 4, 2, 1].map((b) => Math.sign(symbols.indexOf(s) & b)));
  for (let at = 0; at < Math.floor(bits.length / 8) * 8; at += STEP) {
    const changed = [...bits], place = (at >> 3) * 8 + 7 - (at & 7);
    changed[place] = 1 - (changed[place] ?? 0);
    yield [at, Array.from({ length: text.length }, (_, n) => symbols[parseInt(changed.slice(n * 5, n * 5 + 5).join(''), 2)]).join('')];
  }
}

describe.each(ways)('with %s', (_, verifies) => {
  it.each(vectors.cases)('$name: $ruling', async ({ text, ruling, reason, number }) => {
    const verdict = await judge(text, vectors, verifies);
    expect([verdict.ruling, verdict.reason, verdict.number ?? verdict.claims?.number ?? null]).toEqual([ruling, reason, number]);
  });

  it('calls no changed bit genuine, and differs from the programs only in what cannot be read at all', async () => {
    let tried = 0, differs = 0;
    for (const [at, text] of flipped(vectors.flipped)) {
      const said = (await judge(text, vectors, verifies)).ruling.charAt(0);
      expect(said, `bit ${at}`).not.toBe('g');
      // In a header the library of the programs refuses some values as unreadable that are read, and then refused, here.
      differs += Number(said !== vectors.flips.charAt(at));
      tried += 1;
    }
    expect(tried).toBeGreaterThan(200);
    expect(differs).toBeLessThan(tried / 50);
  }, 120_000);
});

describe('the list of whom to believe', () => {
  const told = JSON.stringify({ keys: ['00'], lost: [] });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const believed = untypedBelieved as (signed: object, verifies: Verifies) => Promise<unknown>;

  it('is read only when its own key signed these very words', async () => {
    const signs: Verifies = (key, said, sig) => Promise.resolve(key[0] === 0 && text(said) === `jukung-trusted-1|${told}` && sig[0] === 1);
    expect(await believed({ told, sig: '01' }, signs)).toEqual({ keys: ['00'], lost: [] });
    expect(await believed({ told, sig: '02' }, signs)).toBeNull();
    expect(await believed({ told: told.replace('[]', '["ab"]'), sig: '01' }, signs)).toBeNull();
  });
});
