{% autoescape off %}"use strict";

// Shows pages that were opened before when there is no network. A page is kept only if the server
// names the account that it is for, and pages of one account at a time.
const ASSETS = {{ assets }};
const OFFLINE = {{ offline }};
const HEADER = {{ header }};
const FILES = `files-${ {{ version }} }`;
const PAGES = "pages-";
const MAX_PAGES = 60;
const SLOW = 10000; // milliseconds after which a page that was kept is shown instead

self.addEventListener("install", (event) => {
    const load = async () => {
        const cache = await caches.open(FILES);
        await cache.addAll([...ASSETS, OFFLINE].map((one) => new Request(one, { cache: "reload", credentials: "omit" })));
        await self.skipWaiting();
    };
    event.waitUntil(load());
});

self.addEventListener("activate", (event) => {
    const clean = async () => {
        const old = (await caches.keys()).filter((one) => one.startsWith("files-") && one !== FILES);
        await Promise.all(old.map((one) => caches.delete(one)));
        await self.clients.claim();
    };
    event.waitUntil(clean());
});

const forget = async (but = "") => {
    const names = (await caches.keys()).filter((one) => one.startsWith(PAGES) && one !== but);
    await Promise.all(names.map((one) => caches.delete(one)));
};

const keep = async (url, response) => {
    const account = response.headers.get(HEADER);
    if (response.status !== 200 || response.redirected || !account || new URL(url).search) return;
    const name = PAGES + account;
    await forget(name);
    const cache = await caches.open(name);
    const page = new URL(url);
    page.hash = "";
    page.search = "";
    await cache.delete(page.href);
    await cache.put(page.href, response);
    const kept = await cache.keys();
    await Promise.all(kept.slice(0, Math.max(0, kept.length - MAX_PAGES)).map((one) => cache.delete(one)));
};

// A quiz that was submitted is no longer shown as one that is running, on none of its pages.
const dropQuiz = async (url) => {
    const { pathname } = new URL(url);
    const attempt = pathname.match(/^\/attempts\/[0-9a-f-]+\//)?.[0];
    if (!attempt || /\/(questions|review)\//.test(pathname)) return;
    for (const name of (await caches.keys()).filter((one) => one.startsWith(PAGES))) {
        const cache = await caches.open(name);
        const kept = (await cache.keys()).filter((one) => new URL(one.url).pathname.startsWith(attempt));
        await Promise.all(kept.map((one) => cache.delete(one)));
    }
};

const kept = async (url) => {
    const page = new URL(url);
    page.search = "";
    page.hash = "";
    for (const name of (await caches.keys()).filter((one) => one.startsWith(PAGES))) {
        const found = await (await caches.open(name)).match(page.href);
        if (found) return found;
    }
    return undefined;
};

const page = async (event) => {
    const fromServer = fetch(event.request);
    fromServer.catch(() => undefined);
    const waited = new Promise((resolve) => setTimeout(resolve, SLOW, undefined));
    try {
        let response = await Promise.race([fromServer, waited]);
        if (!response) response = (await kept(event.request.url)) || (await fromServer);
        else {
            const path = new URL(response.url || event.request.url).pathname;
            if (path === "/login/" || path === "/logout/") event.waitUntil(forget());
            else event.waitUntil(keep(event.request.url, response.clone()));
            event.waitUntil(dropQuiz(response.url || event.request.url));
        }
        return response;
    } catch {
        const cache = await caches.open(FILES);
        return (await kept(event.request.url)) || (await cache.match(OFFLINE)) || Response.error();
    }
};

const file = async (request) => {
    const cache = await caches.open(FILES);
    try {
        const response = await fetch(request);
        if (response.ok) await cache.put(request, response.clone());
        return response;
    } catch {
        return (await cache.match(request)) || Response.error();
    }
};

self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== self.location.origin) return;
    if (request.method === "POST" && url.pathname === "/logout/") {
        event.waitUntil(forget());
    } else if (request.method !== "GET") {
        return;
    } else if (request.mode === "navigate" && !/^\/(admin|api|account|metrics|health)\//.test(url.pathname)) {
        event.respondWith(page(event));
    } else if (url.pathname.startsWith("/static/profai/")) {
        event.respondWith(file(request));
    }
});

self.addEventListener("message", (event) => {
    if (!event.data.keep) return;
    const load = async () => keep(event.data.keep, await fetch(event.data.keep, { credentials: "same-origin" }));
    event.waitUntil(load());
});
{% endautoescape %}
