"use strict";

// Lets the questions of a quiz be dragged to their places; the numbers follow, and "Save the order"
// sends them. Without this script the numbers and arrows do the same.
(() => {
    const form = document.getElementById("pa-order");
    let dragged = null;

    const number = () => {
        form.querySelectorAll("[data-row] input[type='number']").forEach((field, place) => {
            field.value = place + 1;
        });
    };
    for (const row of form.querySelectorAll("[data-row]")) {
        const handle = row.querySelector(".pa-order-row");
        handle.draggable = true;
        handle.addEventListener("dragstart", (event) => {
            dragged = row;
            event.dataTransfer.effectAllowed = "move";
        });
        row.addEventListener("dragover", (event) => {
            if (dragged && dragged !== row) {
                event.preventDefault();
                const box = row.getBoundingClientRect();
                row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
            }
        });
        row.addEventListener("dragend", () => {
            dragged = null;
            number();
        });
    }
})();
