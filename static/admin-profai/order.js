"use strict";

// Lets modules, topics and questions be dragged to their places. Dragging and the arrows are sent
// without leaving the page: the list comes back as it is now, what is typed in it stays, and the
// button that was pressed keeps the focus. Without this script arrows, menus and numbers do the same.
(() => {
    const form = document.getElementById("pa-order");
    const said = document.getElementById("pa-order-said");
    let dragged = null;
    let before = "";
    let sending = Promise.resolve();

    const rows = () => Array.from(form.querySelectorAll("[data-row]"));
    const order = () => rows().map((row) => row.dataset.row).join();
    const kindOf = (row) => row.dataset.row.split("-")[0];
    const say = (text, isError) => {
        said.textContent = text;
        said.className = isError ? "pa-error" : "pa-notes";
        said.hidden = false;
    };
    const isTyped = (field) => field.name && field.type !== "number" && field.matches("input[type='text'], input:not([type]), textarea, select");

    // The list as the server has it, with what was typed, what was open, and the focus.
    const replace = (page) => {
        const focused = document.activeElement?.closest("#pa-order button");
        const typed = Array.from(form.elements).filter(isTyped).map((field) => [field.name, field.value]);
        const open = Array.from(form.querySelectorAll("details[open]"), (one) => one.id);
        form.replaceChildren(...page.getElementById("pa-order").childNodes);
        for (const [name, value] of typed) {
            const field = form.elements.namedItem(name);
            if (field && value) {
                field.value = value;
            }
        }
        for (const id of open.filter(Boolean)) {
            document.getElementById(id)?.setAttribute("open", "");
        }
        makeDraggable();
        if (focused) {
            const same = (button) => button.name === focused.name && button.value === focused.value;
            const button = Array.from(form.querySelectorAll("button")).find(same);
            const near = button?.disabled ? button.parentElement.querySelector("button:enabled") : button;
            near?.focus();
        }
    };
    const send = async (data) => {
        form.setAttribute("aria-busy", "true");
        try {
            const answer = await fetch(window.location.href, { method: "POST", body: data });
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            if (!answer.ok || !page.getElementById("pa-order")) {
                throw new Error("no list");
            }
            replace(page);
            const message = page.querySelector(".messagelist li");
            say(message?.textContent ?? "", message?.classList.contains("error"));
        } catch {
            say("Not saved: the server cannot be reached, or your login has ended. Reload the page and try again.", true);
        }
        form.removeAttribute("aria-busy");
    };
    // One after another: each order is the whole one.
    const queue = (data) => {
        sending = sending.then(() => send(data));
    };

    const sendOrder = () => {
        rows().filter((row) => kindOf(row) === "question").forEach((row, place) => {
            row.querySelector("input[type='number']").value = place + 1;
        });
        const data = new FormData(form);
        if (form.dataset.do) {
            data.append("do", form.dataset.do);
            rows().forEach((row) => data.append("order", row.dataset.row));
        }
        queue(data);
    };
    const dragOver = (event) => {
        const kind = dragged && kindOf(dragged);
        const row = event.target.closest?.(`[data-row^="${kind}-"]`);
        const list = event.target.closest?.("[data-list]") ?? event.target.closest?.("[data-row]")?.querySelector("[data-list]");
        if (!dragged || !(row || kind === "topic" && list)) {
            return;
        }
        event.preventDefault();
        if (!row && !dragged.contains(list)) {
            list.append(dragged);
        } else if (row && row !== dragged) {
            const box = row.getBoundingClientRect();
            row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
        }
    };
    const makeDraggable = () => {
        for (const row of rows()) {
            const handle = row.querySelector("[data-handle]");
            handle.draggable = true;
            handle.addEventListener("dragstart", (event) => {
                dragged = row;
                before = order();
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", row.dataset.row);
                event.stopPropagation();
            });
        }
    };

    form.addEventListener("dragover", dragOver);
    form.addEventListener("drop", (event) => event.preventDefault());
    form.addEventListener("dragend", () => {
        const moved = dragged && order() !== before;
        dragged = null;
        if (moved) {
            sendOrder();
        }
    });
    form.addEventListener("submit", (event) => {
        const button = event.submitter;
        if (button?.matches("[data-step]")) {
            event.preventDefault();
            queue(new FormData(form, button));
        }
    });
    makeDraggable();
    form.dataset.ready = "";
})();
