"use strict";

// The review desk without leaving the page: sends its links and forms, puts the answer in place,
// and lets keys press what the page shows with `data-key`. Without this script all of them work as
// plain links and forms. What is typed is kept in this browser at once, and on the server soon after.
(() => {
    const PAUSE = 800; // milliseconds without a key before typed text goes to the server
    const LOOK = 3000; // how often to look for a text that is being written
    const user = document.currentScript.dataset.user;
    let busy = false;
    let timer = null;

    const desk = () => document.getElementById("desk");
    // `elements.item` is a function of the browser, not the field of that name.
    const itemOf = (form) => form.elements.namedItem("item").value;
    const keyOf = (form) => `desk ${user} ${window.location.pathname} ${itemOf(form)}`;
    const store = (name, value) => {
        try {
            if (value === null) {
                window.localStorage.removeItem(name);
            } else {
                window.localStorage.setItem(name, value);
            }
        } catch {
            // A browser that keeps nothing: the server still does.
        }
    };
    const stored = (name) => {
        try {
            return window.localStorage.getItem(name);
        } catch {
            return null;
        }
    };

    const say = (text) => {
        const line = document.createElement("p");
        line.className = "error";
        line.textContent = text;
        document.getElementById("desk-said").replaceChildren(line);
    };

    const editForm = () => desk().querySelector("form[data-edit]");
    const typed = (form) => {
        const data = new FormData(form);
        data.delete("csrfmiddlewaretoken");
        return Array.from(data.entries());
    };

    const keep = (form) => {
        const data = new FormData(form);
        store(keyOf(form), JSON.stringify({ version: form.elements.version.value, fields: typed(form) }));
        window.clearTimeout(timer);
        timer = window.setTimeout(async () => {
            const note = document.getElementById("desk-kept");
            try {
                const answer = await fetch(form.action.replace(/edit\/$/, "keep/"), {
                    method: "POST", body: data, redirect: "error",
                });
                if (note) {
                    note.textContent = answer.ok ? "Kept, not saved yet." : await answer.text();
                }
            } catch {
                if (note) {
                    note.textContent = "Kept in this browser only: the server cannot be reached.";
                }
            }
        }, PAUSE);
    };

    const restore = (form) => {
        const before = stored(keyOf(form));
        if (!before) {
            return;
        }
        const { version, fields } = JSON.parse(before);
        const now = JSON.stringify(typed(form).filter(([name]) => !["version", "undo"].includes(name)));
        if (JSON.stringify(fields.filter(([name]) => !["version", "undo"].includes(name))) === now) {
            return;
        }
        for (const field of form.elements) {
            const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
            if (["checkbox", "radio"].includes(field.type)) {
                field.checked = values.includes(field.value);
            } else if (values.length && field.type !== "hidden") {
                [field.value] = values;
            }
        }
        // What it was typed over counts: the server then shows what others saved meanwhile.
        form.elements.version.value = version;
        const note = document.createElement("p");
        note.className = "pa-notes";
        note.textContent = "What you had typed before is in the form again; it is not saved yet.";
        form.prepend(note);
    };

    // On a narrow screen tree and source stand below the text: to show a place in them would scroll
    // the text out of sight.
    const areBelowEachOther = () => matchMedia("(max-width: 1000px)").matches;
    const reveal = (place, block) => {
        const isAside = place?.closest(".desk-tree, .desk-source");
        if (!isAside || !areBelowEachOther()) place?.scrollIntoView({ block });
    };

    const settle = () => {
        const form = editForm();
        if (form) {
            restore(form);
            const first = form.querySelector("textarea, input:not([type='hidden'])");
            first?.focus();
            const text = form.elements.content;
            const claim = desk().querySelector(".desk-sentence");
            const place = text && claim ? text.value.indexOf(claim.textContent) : -1;
            if (place >= 0) {
                text.focus();
                text.setSelectionRange(place, place + claim.textContent.length);
            }
        } else {
            document.getElementById("desk-title")?.focus({ preventScroll: true });
            reveal(document.getElementById("here"), "center");
        }
        reveal(desk().querySelector("[aria-current]"), "nearest");
        if (!form && areBelowEachOther()) {
            document.getElementById("desk-title")?.scrollIntoView({ block: "nearest" });
        }
    };

    // `isNew`: the browser's Back leads to what was shown before.
    const show = async (address, options = {}, isNew = true) => {
        busy = true;
        desk().setAttribute("aria-busy", "true");
        try {
            const answer = await fetch(address, options);
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const fresh = page.getElementById("desk");
            if (!fresh && !answer.ok) {
                const words = page.querySelector(".error-page");
                say(`Not done. ${words ? words.innerText || words.textContent : answer.statusText}`);
                return false;
            }
            if (!fresh) {
                // The session has ended, or the course is gone: the page itself says so.
                window.location.href = answer.redirected ? window.location.href : address;
                return false;
            }
            desk().replaceWith(document.adoptNode(fresh));
            if (isNew && (answer.redirected || options.method !== "POST")) {
                window.history.pushState({}, "", answer.url);
            }
            settle();
            return answer.ok;
        } catch {
            say("The server cannot be reached. Nothing is lost: try again in a moment.");
            return false;
        } finally {
            busy = false;
            desk().removeAttribute("aria-busy");
        }
    };

    const send = async (form, button) => {
        const data = new FormData(form);
        if (button?.name) {
            data.set(button.name, button.value);
        }
        window.clearTimeout(timer);
        const kept = form.matches("[data-edit]") ? keyOf(form) : null;
        if (kept) {
            store(kept, JSON.stringify({ version: form.elements.version.value, fields: typed(form) }));
        }
        const done = await show(form.action, { method: "POST", body: data });
        if (done && kept && !editForm()) {
            store(kept, null);
        } else if (kept && editForm()) {
            // Shown again with its errors: the fields hold what was typed, the version is the new one.
            store(kept, JSON.stringify({ version: editForm().elements.version.value, fields: typed(editForm()) }));
        }
    };

    document.addEventListener("click", (event) => {
        // The numbers of sources in a lesson lead to the source beside it.
        const number = event.target.closest(".desk-prose sup.cite a");
        if (number) {
            event.preventDefault();
            const sources = Array.from(desk().querySelectorAll(".desk-sources a[data-desk]"));
            sources.find((one) => one.textContent === `[${number.textContent}]`)?.click();
            return;
        }
        const link = event.target.closest("a[data-desk]");
        if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
            event.preventDefault();
            if (!busy) {
                void show(link.href);
            }
        }
    });
    // Words that are marked in the passage are those to cite.
    document.addEventListener("selectionchange", () => {
        const marked = document.getSelection();
        const quote = document.getElementById("desk-quote");
        const passage = desk().querySelector(".desk-passage");
        // Between two cells of a table the document has a sign.
        const words = String(marked).trim().replace(/\t/g, " | ");
        // A triple click ends at the beginning of what follows the passage.
        const isWithin = passage?.contains(marked.focusNode) || passage?.textContent.includes(words);
        if (quote && words && passage?.contains(marked.anchorNode) && isWithin) {
            quote.value = words;
            quote.closest("details").open = true;
        }
    });
    document.addEventListener("submit", (event) => {
        const find = event.target.closest("form[data-desk-find]");
        if (find) {
            event.preventDefault();
            if (!busy) {
                void show(`${find.action}?${new URLSearchParams(new FormData(find))}`);
            }
        }
        const form = event.target.closest("form[data-desk]");
        if (form) {
            event.preventDefault();
            if (!busy) {
                void send(form, event.submitter);
            }
        }
    });
    document.addEventListener("input", (event) => {
        const form = event.target.closest("form[data-edit]");
        if (form) {
            keep(form);
        }
    });
    window.addEventListener("popstate", () => void show(window.location.href, { cache: "no-store" }, false));

    const press = (part) => {
        if (part.tagName === "SUMMARY") {
            part.parentElement.open = !part.parentElement.open;
            part.parentElement.querySelector("button, textarea, input:not([type='hidden'])")?.focus();
        } else {
            part.click();
        }
    };
    document.addEventListener("keydown", (event) => {
        const form = event.target.closest("form");
        if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            form.requestSubmit(form.querySelector("[data-save]"));
            return;
        }
        if (event.key === "Escape") {
            const open = event.target.closest("details[open].desk-more");
            const close = desk().querySelector("[data-close]");
            if (open) {
                open.open = false;
                open.querySelector("summary").focus();
            } else if (close) {
                close.click();
            }
            return;
        }
        const writes = event.target.matches("input:not([type='radio'], [type='checkbox']), textarea, select");
        if (writes || event.ctrlKey || event.altKey || event.metaKey || busy) {
            return;
        }
        const parts = Array.from(desk().querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`));
        const part = parts.find((one) => one.tagName === "SUMMARY" || one.offsetParent !== null);
        if (part) {
            event.preventDefault();
            press(part);
        }
    });

    // A text that is being written: look for it while nobody types. Keys work meanwhile, and what
    // they lead to counts: an answer that comes later is thrown away.
    const isQuiet = () => !busy && !editForm() && !desk().querySelector(".desk-more[open]") && !document.hidden;
    // What an action said stays until the next action, or until its text is written.
    const keepSaid = (fresh) => {
        if (fresh.hasAttribute("data-waiting")) {
            const said = Array.from(desk().querySelectorAll("#desk-said > p[class]"));
            fresh.querySelector("#desk-said").prepend(...said.map((one) => one.cloneNode(true)));
        }
    };
    const words = (part) => part.textContent.replace(/\s+/g, " ");
    const look = async () => {
        const before = window.location.href;
        try {
            const answer = await fetch(before, { cache: "no-store" });
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const fresh = page.getElementById("desk");
            const isSame = window.location.href === before && isQuiet();
            if (!fresh || !isSame) {
                return;
            }
            keepSaid(fresh);
            if (words(fresh) !== words(desk())) {
                desk().replaceWith(document.adoptNode(fresh));
            }
        } catch {
            // The server is away: the next look may find it.
        }
    };
    window.setInterval(() => {
        if (isQuiet() && desk().hasAttribute("data-waiting")) {
            void look();
        }
    }, LOOK);

    settle();
    desk().dataset.ready = "";
})();
