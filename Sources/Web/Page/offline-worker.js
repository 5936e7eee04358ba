// Keeps the page's own files, so that it opens where the service cannot be reached, and says so itself.
const cacheName = "attuned";

addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

/** The service's answer if there is one, so that nothing old is shown while it is there; else what it answered before. */
async function answer(request) {
  const cache = await caches.open(cacheName);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/** The page tells what it loaded before this was there; without the service there is nothing new to keep. */
addEventListener("message", (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(event.data)).catch(() => {}));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname.slice(new URL(registration.scope).pathname.length);
  // What the service says of now must never be from before.
  if (request.method !== "GET" || !request.url.startsWith(registration.scope) || /^(api|health|readyz|livez|metrics)\b/.test(path)) return;
  event.respondWith(answer(request));
});
