"use strict";

// The answer to a question appears while it is written. Without this script, or where a stream is
// refused, the form brings it as one page.
(() => {
    const form = document.querySelector("[data-stream]");
    const place = document.getElementById("answer-here");
    const state = document.getElementById("answer-state");
    const unavailable = document.getElementById("unavailable");
    if (!form || !place || !window.ReadableStream) return;
    let reading = null;

    // Calls `take` with the name and the data of each event.
    const follow = async (response, take) => {
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            text += value;
            const events = text.split("\n\n");
            text = events.pop();
            for (const event of events) {
                const fields = Object.fromEntries(event.split("\n").map((line) => {
                    const at = line.indexOf(": ");
                    return [line.slice(0, at), line.slice(at + 2)];
                }));
                if (fields.event) take(fields.event, JSON.parse(fields.data));
            }
        }
    };

    const ask = async () => {
        reading?.abort();
        const mine = new AbortController();
        reading = mine;
        unavailable.hidden = true;
        state.textContent = state.dataset.writing;
        place.setAttribute("aria-busy", "true");
        let isAnswered = false;
        let isShown = false;
        try {
            const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), signal: mine.signal };
            const response = await fetch(form.dataset.stream, sent);
            if (!response.ok || response.redirected) {
                HTMLFormElement.prototype.submit.call(form);
                return;
            }
            await follow(response, (name, data) => {
                if (name === "error") {
                    unavailable.hidden = false;
                    return;
                }
                place.innerHTML = data.html;
                isAnswered = name === "answer";
                // On a small screen the answer begins below the window.
                if (!isShown) place.scrollIntoView({ block: "nearest" });
                isShown = true;
            });
        } catch (error) {
            // The reader asked something else, or left.
            if (mine.signal.aborted) return;
        }
        place.removeAttribute("aria-busy");
        if (!isAnswered) {
            // What came of an answer that broke off was not checked.
            place.replaceChildren();
            unavailable.hidden = false;
        }
        // Where the documents do not say it, there is no answer that could be complete.
        state.textContent = place.querySelector("section#answer") ? state.dataset.done : "";
        if (isAnswered) document.getElementById("answer-title")?.focus();
    };

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        void ask();
    });
    window.addEventListener("pagehide", () => reading?.abort());
})();
