"use strict";

// Keeps what is chosen in this tab until it has been submitted, so that a session that ends
// meanwhile, or a page that is left, loses no answer.
(() => {
    const form = document.querySelector("form[data-attempt]");
    const key = `attempt ${form.dataset.attempt}`;
    const chosen = () => Array.from(form.querySelectorAll("input:checked"), (input) => [input.name, input.value]);

    try {
        for (const [name, value] of JSON.parse(window.sessionStorage.getItem(key) || "[]")) {
            const input = form.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
            if (input) {
                input.checked = true;
            }
        }
        form.addEventListener("change", () => window.sessionStorage.setItem(key, JSON.stringify(chosen())));
    } catch {
        // A browser that keeps nothing: the quiz works all the same.
    }
})();
