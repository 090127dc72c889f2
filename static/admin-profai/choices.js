"use strict";

// One choice of a question is right: marking another one takes the mark from the first.
document.addEventListener("change", (event) => {
    const marked = event.target;
    if (!/^choices-\d+-is_correct$/.test(marked.name ?? "") || !marked.checked) {
        return;
    }
    for (const other of document.querySelectorAll("input[type='checkbox'][name$='-is_correct']")) {
        other.checked = other === marked;
    }
});
