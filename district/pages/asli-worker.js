// Keeps the page that checks receipts for days without a network: asks the server, and answers from what was kept when it
// does not answer in time.
const KEPT = 'asli-1';
const PARTS = ['/asli', '/family.css', '/asli/page.js', '/asli/verdict.js', '/asli/ed25519.js', '/asli/texts.json', '/asli/trusted.json'];
/** A phone on 2G needs three seconds for the whole page. */
const PATIENCE_MS = 4000;

self.addEventListener('install', (e) => e.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(PARTS)).then(() => self.skipWaiting())));
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (e) => {
  const { pathname, origin } = new URL(e.request.url);
  if (origin === self.location.origin && PARTS.includes(pathname)) e.respondWith(answer(pathname));
});

async function answer(path) {
  const kept = await caches.open(KEPT);
  const held = await kept.match(path);
  const fresh = fetch(path, { cache: 'no-cache' }).then(async (reply) => {
    if (reply.ok) await kept.put(path, reply.clone());
    return reply;
  });
  if (!held) return fresh;
  const late = new Promise((done) => setTimeout(done, PATIENCE_MS));
  const reply = await Promise.race([fresh.catch(() => undefined), late]);
  return reply && reply.ok ? reply : held;
}
