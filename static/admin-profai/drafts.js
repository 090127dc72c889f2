"use strict";

// Keeps what is typed into a form of the admin in this tab until it is saved, so that a session
// that ends meanwhile loses nothing, and asks before a page with unsaved text is left.
(() => {
    const user = document.currentScript.dataset.user;
    const SENT = `sent ${user}`;
    const key = `draft ${user} ${window.location.pathname}`;
    const skipped = new Set(["csrfmiddlewaretoken", "_popup", "_to_field"]);

    const store = (name, value) => {
        try {
            if (value === null) {
                window.sessionStorage.removeItem(name);
            } else {
                window.sessionStorage.setItem(name, value);
            }
        } catch {
            // A browser that keeps nothing: the forms work all the same.
        }
    };
    const stored = (name) => {
        try {
            return window.sessionStorage.getItem(name);
        } catch {
            return null;
        }
    };

    const fields = (form) => Array.from(form.elements).filter(
        (field) => field.name && !skipped.has(field.name)
            && !["file", "submit", "button", "password"].includes(field.type));
    const valueOf = (field) => {
        if (["checkbox", "radio"].includes(field.type)) {
            return field.checked;
        }
        return field.type === "select-multiple"
            ? Array.from(field.selectedOptions, (option) => option.value)
            : field.value;
    };
    const nameOf = (field) => (field.type === "radio" ? `${field.name} ${field.value}` : field.name);
    const read = (form) => JSON.stringify(fields(form).map((field) => [nameOf(field), valueOf(field)]));

    const restore = (form, values) => {
        const known = new Map(values);
        for (const field of fields(form)) {
            const value = known.get(nameOf(field));
            if (value === undefined) {
                continue;
            }
            if (typeof value === "boolean") {
                field.checked = value;
            } else if (Array.isArray(value)) {
                for (const option of field.options) {
                    option.selected = value.includes(option.value);
                }
            } else {
                field.value = value;
            }
        }
    };
    const tell = (form, text) => {
        const note = document.createElement("p");
        note.className = "pa-notes";
        note.setAttribute("role", "status");
        note.textContent = text;
        form.prepend(note);
    };

    // Saved: a message says so, wherever the save has led to.
    if (document.querySelector(".messagelist li:not(.error):not(.warning)") && stored(SENT)) {
        store(stored(SENT), null);
        store(SENT, null);
    }

    const start = () => {
        const form = document.querySelector(".change-form #content-main form[id$='_form']");
        if (!form || form.querySelector("input[type='password']")) {
            return;
        }
        let clean = read(form);
        const hasErrors = document.querySelector(".errornote") !== null;
        const draft = stored(key);
        if (draft && !hasErrors && draft !== clean) {
            restore(form, JSON.parse(draft));
            tell(form, "What you had typed before is in the form again; it is not saved yet.");
        } else if (!hasErrors) {
            store(key, null);
        }
        if (hasErrors) {
            // What came back with an error is not saved either.
            clean = "";
        }
        form.dataset.drafts = "kept";
        let leaving = false;
        const keep = () => {
            const now = read(form);
            store(key, now === clean ? null : now);
        };
        form.addEventListener("input", keep);
        form.addEventListener("change", keep);
        form.addEventListener("submit", (event) => {
            keep();
            if (event.submitter?.formTarget === "_blank") {
                return; // a preview, which leaves this page as it is
            }
            leaving = true;
            store(SENT, key);
        });
        window.addEventListener("pageshow", () => {
            leaving = false;
        });
        window.addEventListener("beforeunload", (event) => {
            if (!leaving && read(form) !== clean) {
                event.preventDefault();
            }
        });
    };
    // After Django's own scripts, which put options into other lists.
    window.addEventListener("load", () => (window.django?.jQuery ?? ((call) => call()))(start));
})();
