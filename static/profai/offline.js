"use strict";

// Keeps pages for reading without a network. Whose they are stands in the page; a page of nobody
// (after a logout, or at the login) deletes what was kept, and so does that of another account.
(() => {
    const { worker, account } = document.currentScript.dataset;
    const prefix = "pages-";
    const note = () => {
        const line = document.querySelector("[data-offline-note]");
        if (line) line.hidden = navigator.onLine;
    };
    const list = async () => {
        const shown = document.querySelector("[data-kept-pages]");
        if (!shown) return;
        for (const name of (await caches.keys()).filter((one) => one.startsWith(prefix))) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
                const text = await (await cache.match(request)).text();
                const page = new DOMParser().parseFromString(text, "text/html");
                const link = document.createElement("a");
                link.href = request.url;
                link.textContent = page.title.replace(/ · ProfAI$/, "");
                const item = document.createElement("li");
                item.append(link);
                shown.append(item);
            }
        }
        document.querySelector("[data-kept]").hidden = !shown.children.length;
        document.querySelector("[data-nothing-kept]").hidden = Boolean(shown.children.length);
    };
    const forget = async (butOf) => {
        const names = (await caches.keys()).filter((one) => one.startsWith(prefix));
        await Promise.all(names.filter((one) => !butOf || one !== prefix + butOf).map((one) => caches.delete(one)));
    };
    const start = async () => {
        if (account !== undefined) await forget(account);
        if (account) await navigator.serviceWorker.register(worker, { scope: "/" });
        await list();
        // The page that is open was loaded before the worker was there.
        const ready = account && (await navigator.serviceWorker.ready);
        if (ready && !navigator.serviceWorker.controller) ready.active.postMessage({ keep: location.href });
    };
    document.addEventListener("DOMContentLoaded", note);
    window.addEventListener("online", note);
    window.addEventListener("offline", note);
    note();
    if ("serviceWorker" in navigator && "caches" in window) {
        start().catch(() => {
            // A browser that keeps nothing: pages work all the same.
        });
        document.querySelector("[data-logout]")?.addEventListener("submit", () => forget(""));
    }
})();
