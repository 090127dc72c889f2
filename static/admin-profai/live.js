"use strict";

// Keeps a job's page up to date while the job is open: fetches the changing parts every
// 1.5 s, longer while the server cannot be reached, and stops when the job has ended.
(() => {
    const PAUSE = 1500;
    const LONGEST_PAUSE = 15000;
    const page = document.querySelector("[data-live-from]");
    let pause = PAUSE;

    const isOpen = () => page.querySelector("[data-open]") !== null;

    // A part with a version is replaced only when that changes: a new button under the
    // pointer would swallow the click.
    const differs = (old, fresh) =>
        fresh.hasAttribute("data-version")
            ? old.dataset.version !== fresh.dataset.version
            : old.outerHTML !== fresh.outerHTML;

    const show = (html) => {
        const fresh = new DOMParser().parseFromString(html, "text/html");
        for (const part of fresh.querySelectorAll("[data-live]")) {
            const old = document.getElementById(part.id);
            if (old && differs(old, part)) {
                old.replaceWith(document.adoptNode(part));
            }
        }
    };

    const poll = async () => {
        try {
            const response = await fetch(page.dataset.liveFrom, { redirect: "error" });
            if (response.status === 403 || response.status === 404) {
                window.location.reload();
                return;
            }
            if (!response.ok) {
                throw new Error(`Status ${response.status}`);
            }
            show(await response.text());
            pause = PAUSE;
        } catch {
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        if (isOpen()) {
            window.setTimeout(poll, pause);
        }
    };

    if (page && isOpen()) {
        window.setTimeout(poll, pause);
    }
})();
