"use strict";

// Saves each answer on the server as it is given. What cannot be sent waits in this browser, also
// when the page is closed, and is sent when there is a connection again. The time that a waiting
// answer was given goes along, so that of two devices the later answer stands.
(() => {
    const RETRY = 5000, PAUSE = 600, WARNINGS = [300, 60];
    const form = document.querySelector("form[data-attempt]");
    if (!form) {
        return;
    }
    const key = `profai attempt ${form.dataset.attempt}`;
    const state = document.getElementById("save-state");
    const token = form.elements.csrfmiddlewaretoken;
    // The page has them in its language.
    const texts = document.getElementById("quiz-words").dataset;
    const text = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
    const counted = (name, count) => text(`${name}${count === 1 ? "One" : "Many"}`, {count});
    const boxes = Array.from(form.querySelectorAll("fieldset[data-position]"));
    const isTicked = (field) => ["checkbox", "radio"].includes(field.type);
    const firstOf = (list) => Array.from(list.options).find((option) => option.defaultSelected) || list.options[0];
    const isChanged = (field) => (isTicked(field) ? field.checked !== field.defaultChecked
        : field.value !== (field.tagName === "SELECT" ? firstOf(field).value : field.defaultValue));
    const fieldsOf = (box) => Array.from(box.elements).filter((field) => field.name.startsWith("question-"));

    // By position: {fields: [[name, value]], at: milliseconds, known: version, sent: whether on its way}
    let waiting = read();
    let timer = 0;
    let running = null;
    let isOver = false;
    let renewed = false;

    function read() {
        try {
            return JSON.parse(window.localStorage.getItem(key) || "{}");
        } catch {
            return {};
        }
    }

    function keep() {
        try {
            if (Object.keys(waiting).length) {
                window.localStorage.setItem(key, JSON.stringify(waiting));
            } else {
                window.localStorage.removeItem(key);
            }
        } catch {
            // A browser that keeps nothing: what waits is lost only with the page.
        }
    }

    function say(words, kind = "") {
        if (state.textContent !== words) {
            state.textContent = words;
        }
        state.className = `save-state ${kind}`;
    }

    function valuesOf(box) {
        return fieldsOf(box)
            .filter((field) => (isTicked(field) ? field.checked : field.value))
            .map((field) => [field.name, field.value]);
    }

    function fill(box, pairs) {
        for (const field of fieldsOf(box)) {
            const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
            if (isTicked(field)) {
                field.checked = values.includes(field.value);
            } else {
                field.value = values[0] || "";
            }
        }
        box.dispatchEvent(new CustomEvent("filled"));
    }

    const boxAt = (position) => boxes.find((box) => box.dataset.position === position);

    function note(box) {
        const position = box.dataset.position;
        waiting[position] = {fields: valuesOf(box), at: Date.now(), known: box.dataset.known};
        keep();
        say(text("saving"));
    }

    function soon(pause) {
        window.clearTimeout(timer);
        timer = window.setTimeout(send, pause);
    }

    function bodyOf(entries) {
        const data = new URLSearchParams({csrfmiddlewaretoken: token.value});
        for (const [position, one] of entries) {
            data.append("shown", position);
            one.fields.forEach(([name, value]) => data.append(name, value));
            data.append(`question-${position}-age`, String(Math.max(0, Math.round((Date.now() - one.at) / 1000))));
            data.append(`question-${position}-known`, one.known || "");
        }
        return data;
    }

    // A login in another tab makes this form one of before. Whether there is a new token.
    async function renewToken() {
        const page = await fetch(window.location.href, {redirect: "manual"});
        const html = page.ok ? await page.text() : "";
        const field = new DOMParser().parseFromString(html, "text/html").querySelector("form[data-attempt] [name=csrfmiddlewaretoken]");
        const isNew = Boolean(field) && !renewed;
        if (isNew) {
            renewed = true;
            token.value = field.value;
        }
        return isNew;
    }

    // Whether all that waited was saved. One request at a time: the next one waits for it.
    async function send() {
        window.clearTimeout(timer);
        while (running) {
            await running;
        }
        const entries = Object.entries(waiting);
        if (entries.length && !isOver) {
            running = post(entries).finally(() => {
                running = null;
            });
            await running;
        }
        return !Object.keys(waiting).length;
    }

    async function post(entries) {
        try {
            const answer = await fetch(form.dataset.save, {
                method: "POST", body: bodyOf(entries), headers: {Accept: "application/json"},
                redirect: "manual", keepalive: true,
            });
            if (answer.type === "opaqueredirect") {
                say(text("loginEnded"), "bad");
                soon(RETRY);
            } else if (answer.status === 403 && await renewToken()) {
                soon(0);
            } else if (answer.status === 409) {
                over(await answer.json());
            } else if (answer.ok) {
                saved(entries, await answer.json());
            } else if (answer.status === 403 || answer.status === 404) {
                say(text("otherLogin"), "bad");
            } else {
                throw new Error(String(answer.status));
            }
        } catch {
            // No connection, or a server that is down.
            say(counted("waits", Object.keys(waiting).length), "bad");
            soon(RETRY);
        }
    }

    function saved(entries, answer) {
        renewed = false;
        const told = [];
        for (const [position, one] of entries) {
            const box = boxAt(position);
            const kept = answer.kept[position];
            const version = kept ? kept.version : answer.saved[position];
            const isSame = waiting[position] && waiting[position].at === one.at;
            if (isSame) {
                delete waiting[position];
            } else if (waiting[position] && version) {
                waiting[position].known = version;
            }
            if (box) {
                box.dataset.known = version || box.dataset.known;
                problem(box, isSame ? answer.problems[position] : "");
                if (kept && isSame) {
                    fill(box, kept.fields);
                }
            }
            if (kept) {
                told.push(text("kept", {number: position}));
            }
        }
        for (const position of answer.replaced) {
            told.push(text("replaced", {number: position}));
        }
        keep();
        const wrong = Object.keys(answer.problems);
        if (told.length) {
            say(told.join(" "), "told");
        } else if (wrong.length) {
            say(text("wrong", {numbers: wrong.join(", ")}), "bad");
        } else {
            const left = answer.unanswered;
            say(left ? text("savedLeft", {count: left}) : text("saved"), "good");
        }
        if (Object.keys(waiting).length) {
            soon(0);
        }
    }

    const problemOf = (box) => `question-${box.dataset.position}-live-problem`;

    function problem(box, words) {
        const id = problemOf(box);
        let line = document.getElementById(id);
        if (!words) {
            if (line) {
                line.remove();
            }
            return;
        }
        if (!line) {
            line = document.createElement("p");
            line.id = id;
            line.className = "problem";
            box.append(line);
        }
        line.textContent = words;
    }

    function over(answer) {
        isOver = true;
        waiting = {};
        keep();
        say("");
        const link = document.createElement("a");
        link.href = answer.address;
        link.textContent = text("result");
        state.append(`${answer.message} `, link);
        state.className = "save-state bad";
    }

    // Where the order is asked for: buttons that move an item, beside the lists of places.
    function orderButtons(box) {
        const list = box.querySelector(".parts.ordering");
        if (!list) {
            return;
        }
        const rows = () => Array.from(list.children);
        const choice = (row) => row.querySelector("select");
        const place = (row) => (choice(row).value === "" ? Infinity : Number(choice(row).value));
        const sort = () => {
            const focused = document.activeElement;
            rows().sort((a, b) => place(a) - place(b)).forEach((row) => list.append(row));
            focused.focus({preventScroll: true});
            rows().forEach((row, index) => {
                row.querySelector(".up").disabled = index === 0;
                row.querySelector(".down").disabled = index === rows().length - 1;
            });
        };
        const move = (row, step) => {
            const all = rows();
            const from = all.indexOf(row);
            all.splice(from, 1);
            all.splice(from + step, 0, row);
            all.forEach((one, index) => {
                choice(one).value = String(index);
            });
            sort();
            // A button at the end cannot be pressed again; the other one keeps the keyboard here.
            const buttons = Array.from(row.querySelectorAll("button"));
            if (!buttons.includes(document.activeElement) || document.activeElement.disabled) {
                buttons.find((button) => !button.disabled).focus();
            }
            note(box);
            soon(PAUSE);
        };
        for (const row of rows()) {
            const name = row.querySelector("label").textContent;
            const buttons = document.createElement("span");
            buttons.className = "movers";
            for (const [kind, sign, step] of [["up", "↑", -1], ["down", "↓", 1]]) {
                const button = document.createElement("button");
                button.type = "button";
                button.className = `mover ${kind}`;
                button.textContent = sign;
                button.setAttribute("aria-label", text(kind, {name}));
                button.addEventListener("click", () => move(row, step));
                buttons.append(button);
            }
            row.append(buttons);
        }
        list.classList.add("has-movers");
        box.addEventListener("filled", sort);
        sort();
    }

    function countDown() {
        const box = document.querySelector(".timer[data-seconds]");
        if (!box) {
            return;
        }
        const end = performance.now() + Number(box.dataset.seconds) * 1000;
        const shown = box.querySelector(".timer-time");
        const words = document.getElementById("timer-words");
        const warned = new Set();
        box.querySelector(".timer-label").textContent = text("timeLeft");
        const tick = async () => {
            const left = Math.max(0, Math.round((end - performance.now()) / 1000));
            const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
            const two = (number) => String(number).padStart(2, "0");
            shown.textContent = hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
            for (const limit of WARNINGS) {
                if (left <= limit && left > limit - 30 && !warned.has(limit)) {
                    warned.add(limit);
                    words.textContent = counted("minutes", limit / 60);
                    box.classList.add("is-short");
                }
            }
            if (left > 0) {
                window.setTimeout(tick, 1000);
                return;
            }
            words.textContent = text("timeUp");
            submit("hand_in");
        };
        tick();
    }

    let isSubmitting = false;

    // Once, whatever is clicked, and after all that waits was saved.
    async function submit(name, value = "1") {
        if (isSubmitting) {
            return;
        }
        isSubmitting = true;
        if (!await send() && !isOver) {
            isSubmitting = false;
            say(counted("offline", Object.keys(waiting).length), "bad");
            if (name === "hand_in") {
                window.setTimeout(() => submit(name, value), RETRY);
            }
            return;
        }
        if (!navigator.onLine) {
            isSubmitting = false;
            say(text("offlineSaved"), "bad");
            return;
        }
        // What was not saved, such as letters where a number is asked for, would be lost with the page.
        const refused = boxes.find((box) => document.getElementById(problemOf(box)));
        if (refused && name !== "hand_in") {
            isSubmitting = false;
            say(text("wrong", {numbers: refused.dataset.position}), "bad");
            fieldsOf(refused).find((field) => field.type !== "hidden").focus();
            return;
        }
        // All of this page is saved, and another device may have changed what it did not.
        for (const box of boxes) {
            box.disabled = true;
        }
        const field = document.createElement("input");
        Object.assign(field, {type: "hidden", name, value});
        form.append(field);
        HTMLFormElement.prototype.submit.call(form);
    }

    // What a page before could not send: of this page's questions it is shown again.
    for (const box of boxes) {
        orderButtons(box);
        const one = waiting[box.dataset.position];
        // On a slow connection an answer may be chosen before this script is there.
        if (fieldsOf(box).some(isChanged)) {
            note(box);
        } else if (one) {
            fill(box, one.fields);
        }
    }
    form.addEventListener("input", (event) => {
        const box = event.target.closest("fieldset[data-position]");
        if (box) {
            note(box);
            soon(isTicked(event.target) || event.target.tagName === "SELECT" ? 0 : PAUSE);
        }
    });
    form.addEventListener("submit", (event) => {
        const button = event.submitter;
        if (button && button.formMethod === "dialog") {
            return;
        }
        event.preventDefault();
        submit(button ? button.name : "go", button ? button.value : "review");
    });
    window.addEventListener("online", () => send());
    window.addEventListener("pageshow", (event) => {
        // From the browser's memory: what is saved now may be another answer.
        if (event.persisted) {
            // The submission that left this page is over.
            window.location.reload();
        }
    });
    document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "hidden") {
            send();
        }
    });
    countDown();
    send();
})();
