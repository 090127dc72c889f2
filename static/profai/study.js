"use strict";

// What makes pages handier. All of it can be done without, too.
(() => {
    const root = document.documentElement;
    root.classList.add("scripted");

    // Colours and text size change at once. The cookies tell the server and pages that were kept.
    const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=([a-z]+)`))?.[1];
    const form = document.querySelector("[data-appearance]");
    for (const name of ["theme", "size"]) {
        const chosen = cookie(`profai_${name}`);
        const select = form?.elements[name];
        if (chosen) root.dataset[name] = chosen;
        if (!select) continue;
        select.value = root.dataset[name];
        select.addEventListener("change", () => {
            root.dataset[name] = select.value;
            document.cookie = `profai_${name}=${select.value}; path=/; max-age=31536000; samesite=lax`;
        });
    }
    for (const one of document.querySelectorAll("[data-auto-submit]")) {
        one.addEventListener("change", () => one.requestSubmit());
    }

    for (const button of document.querySelectorAll("[data-print]")) {
        button.hidden = false;
        button.addEventListener("click", () => window.print());
    }

    // A table that is wider than the page says that it goes on.
    const wide = document.querySelectorAll(".table-wrap");
    const hint = () => {
        for (const table of wide) {
            const isWide = table.scrollWidth > table.clientWidth + 1;
            const before = table.previousElementSibling;
            const told = before?.classList.contains("scroll-hint") ? before : null;
            if (isWide === Boolean(told)) continue;
            if (told) {
                told.remove();
                continue;
            }
            const line = document.createElement("p");
            line.className = "small scroll-hint";
            line.lang = root.lang;
            line.textContent = document.getElementById("main").dataset.scrollHint;
            table.before(line);
        }
    };
    hint();
    window.addEventListener("resize", hint);

    // The place that an address names may be under a fold.
    document.querySelector("#found")?.closest("details")?.setAttribute("open", "");

    // The meaning of a term: Escape closes it, and it does not leave the window.
    for (const box of document.querySelectorAll(".term-box")) {
        const fit = () => {
            box.classList.remove("closed", "to-start");
            const meaning = box.querySelector(".meaning").getBoundingClientRect();
            if (meaning.right > root.clientWidth || meaning.left < 0) box.classList.add("to-start");
        };
        box.addEventListener("mouseenter", fit);
        box.addEventListener("focusin", fit);
        // The first touch shows the meaning, the second leads to the glossary.
        let shown = false;
        box.querySelector(".term").addEventListener("pointerdown", (event) => {
            shown = event.pointerType !== "touch" || document.activeElement === event.currentTarget;
        });
        box.querySelector(".term").addEventListener("click", (event) => {
            if (!shown && event.detail) {
                event.preventDefault();
                event.currentTarget.focus();
            }
            shown = true;
        });
    }

    // The source of a statement opens below it.
    const closeSource = () => {
        const open = document.querySelector(".source-here");
        if (!open) return;
        document.getElementById(open.dataset.from)?.focus();
        open.remove();
    };
    document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        closeSource();
        for (const box of document.querySelectorAll(".term-box")) box.classList.add("closed");
    });
    document.querySelectorAll(".cite a").forEach((link, number) => {
        link.id ||= `cite-link-${number}`;
        link.addEventListener("click", (event) => {
            const source = document.querySelector(link.hash);
            const passage = link.closest("p, li, table, blockquote, figure, div");
            if (!source || !passage) return;
            event.preventDefault();
            const isOpen = document.querySelector(".source-here")?.dataset.from === link.id;
            document.querySelector(".source-here")?.remove();
            if (isOpen) return;
            const here = document.createElement("div");
            here.className = "source-here";
            here.tabIndex = -1;
            here.dataset.from = link.id;
            here.setAttribute("role", "note");
            here.setAttribute("aria-label", link.getAttribute("aria-label"));
            for (const part of source.children) here.append(part.cloneNode(true));
            for (const quote of here.querySelectorAll("details")) quote.open = true;
            for (const part of here.querySelectorAll("[id]")) part.removeAttribute("id");
            const close = document.createElement("button");
            close.type = "button";
            close.className = "close";
            close.textContent = "×";
            close.setAttribute("aria-label", source.closest("[data-close]").dataset.close);
            close.addEventListener("click", closeSource);
            here.append(close);
            const inTable = passage.closest(".table-wrap");
            if (passage.tagName === "LI" && !inTable) passage.append(here);
            else (inTable || passage).after(here);
            here.focus({ preventScroll: true });
            here.scrollIntoView({ block: "nearest" });
        });
    });

    // A note on a passage: a button at each, and a line at those that have one.
    const lesson = document.querySelector("[data-note-here]");
    const noteForm = document.getElementById("note-form");
    if (lesson && noteForm) {
        const places = [...lesson.querySelectorAll("[id^='place-']")];
        // The form's options stand in the order of the passages that have words.
        const quotes = [...noteForm.elements.place.options].map((option) => option.value);
        const words = (place) => {
            const copy = place.cloneNode(true);
            for (const part of copy.querySelectorAll("sup, .meaning, .note-here")) part.remove();
            return copy.textContent.replace(/\s+/g, " ").trim();
        };
        for (const place of places) {
            const begins = words(place);
            const quote = quotes.find((one) => one && begins.startsWith(one.slice(0, 60)));
            if (!quote || !["P", "LI", "BLOCKQUOTE"].includes(place.tagName)) continue;
            const button = document.createElement("button");
            button.type = "button";
            button.className = "note-here hidden";
            button.lang = root.lang;
            button.textContent = lesson.dataset.noteHere;
            button.addEventListener("click", () => {
                noteForm.elements.place.value = quote;
                noteForm.elements.text.focus();
                noteForm.scrollIntoView({ block: "center" });
            });
            place.append(button);
            place.addEventListener("click", () => {
                lesson.querySelector(".chosen")?.classList.remove("chosen");
                place.classList.add("chosen");
            });
        }
        for (const note of document.querySelectorAll(".note[data-place]")) {
            document.getElementById(note.dataset.place)?.classList.add("noted");
        }
    }

    // Practice: keys, and a swipe once the answer is shown.
    const card = document.querySelector("[data-flashcard]");
    if (card) {
        const back = card.querySelector("details");
        const rate = (value) => {
            if (back.open) card.querySelector(`.rating[value="${value}"]`).click();
        };
        document.addEventListener("keydown", (event) => {
            const field = event.target.closest("input, textarea, select, button, a, summary");
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            if (event.key === " " && !field) {
                event.preventDefault();
                back.open = true;
                card.querySelector(".rating-3").focus();
            } else if (/^[1-4]$/.test(event.key) && !event.target.closest("input, textarea, select")) {
                rate(event.key);
            }
        });
        let start = null;
        card.addEventListener("pointerdown", (event) => {
            start = event.pointerType === "mouse" ? null : { x: event.clientX, y: event.clientY };
        });
        card.addEventListener("pointermove", (event) => {
            if (!start || !back.open) return;
            const right = event.clientX - start.x;
            card.classList.toggle("goes-left", right < -40);
            card.classList.toggle("goes-right", right > 40);
        });
        const end = (event) => {
            if (!start) return;
            const [right, down] = [event.clientX - start.x, event.clientY - start.y];
            start = null;
            card.classList.remove("goes-left", "goes-right");
            if (event.type === "pointercancel" || Math.abs(right) < 80 || Math.abs(right) < 2 * Math.abs(down)) return;
            if (back.open) rate(right > 0 ? 3 : 1);
            else back.open = true;
        };
        card.addEventListener("pointerup", end);
        card.addEventListener("pointercancel", end);
    }
})();
