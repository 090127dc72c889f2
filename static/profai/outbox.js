"use strict";

// Notes and read marks that cannot be sent wait in this browser, also when the page is closed, and
// are sent by whatever page of the same account is open when there is a connection again.
(() => {
    const RETRY = 15000;
    const REFUSED = [400, 404, 405, 409, 410, 413];
    const KEY = "profai outbox";
    const account = document.querySelector("script[data-account]")?.dataset.account;
    const box = document.getElementById("outbox");
    if (!account || !box) return;
    const words = box.dataset;

    // Entries of all accounts: {account, action, fields: [[name, value]], label, refused}
    const read = () => {
        try {
            return JSON.parse(window.localStorage.getItem(KEY) || "[]");
        } catch {
            return [];
        }
    };
    // Whether this browser keeps them.
    const write = (entries) => {
        try {
            window.localStorage.setItem(KEY, JSON.stringify(entries));
            return true;
        } catch {
            return false;
        }
    };
    const isSame = (one, other) => one.id === other.id;
    const own = () => read().filter((one) => one.account === account);
    const drop = (entry) => write(read().filter((one) => !isSame(one, entry)));
    const refuse = (entry) => write(read().map((one) => (isSame(one, entry) ? { ...one, refused: true } : one)));

    const item = (entry) => {
        const line = document.createElement("li");
        const text = document.createElement("span");
        text.className = "written";
        text.dir = "auto";
        text.textContent = entry.label;
        line.append(text);
        if (entry.refused) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "link-button";
            button.textContent = words.discard;
            button.addEventListener("click", () => {
                drop(entry);
                show("");
            });
            line.append(" ", words.refused, " ", button);
        }
        return line;
    };
    const show = (first) => {
        const entries = own();
        const waiting = entries.filter((one) => !one.refused).length;
        const said = first || (waiting ? (waiting === 1 ? words.waitsOne : words.waitsMany.replace("{count}", waiting)) : "");
        box.hidden = !said && !entries.length;
        const line = document.createElement("p");
        line.textContent = said;
        const list = document.createElement("ul");
        list.append(...entries.map(item));
        box.replaceChildren(line, list);
    };

    const tokenOf = (page) => page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    let token = tokenOf(document);
    const post = (entry) => {
        const data = new FormData();
        for (const [name, value] of entry.fields) data.append(name, value);
        data.append("csrfmiddlewaretoken", token);
        return fetch(entry.action, {
            method: "POST", body: data, headers: { Accept: "application/json" }, redirect: "manual",
        });
    };
    // The answer of the server. A page that was kept has a token of before, so a new one is tried.
    const deliver = async (entry) => {
        const answer = await post(entry);
        if (answer.status !== 403) return answer;
        const page = await fetch("/account/", { redirect: "manual" });
        if (!page.ok) return answer;
        token = tokenOf(new DOMParser().parseFromString(await page.text(), "text/html"));
        return post(entry);
    };

    let timer = 0;
    const later = () => {
        window.clearTimeout(timer);
        timer = window.setTimeout(flush, RETRY);
    };
    const sendAll = async () => {
        const entries = own().filter((one) => !one.refused);
        let said = "";
        for (const entry of entries) {
            const answer = await deliver(entry).catch(() => null);
            if (answer?.ok) drop(entry);
            else if (answer && REFUSED.includes(answer.status)) refuse(entry);
            else if (answer?.type === "opaqueredirect") said = words.loginEnded;
            if (!answer?.ok && !REFUSED.includes(answer?.status)) {
                later();
                break;
            }
        }
        if (entries.length) show(said || (own().length ? "" : words.sent));
    };
    // Two tabs do not send the same; where a browser has no locks, the server knows what it has.
    const flush = () => (navigator.locks ? navigator.locks.request(KEY, sendAll) : sendAll());

    const goTo = (address) => {
        const target = new URL(address, window.location.href);
        const isHere = target.pathname === window.location.pathname && target.search === window.location.search;
        window.location.assign(target.href);
        if (isHere) window.location.reload();
    };
    for (const form of document.querySelectorAll("form[data-queued]")) {
        let isSending = false;
        form.addEventListener("submit", async (event) => {
            const button = event.submitter;
            if (button?.name === "delete") return;
            event.preventDefault();
            if (isSending) return;
            isSending = true;
            const data = new FormData(form);
            if (button?.name) data.append(button.name, button.value);
            data.delete("csrfmiddlewaretoken");
            const label = `${form.dataset.queued}: ${(data.get("text") || "").trim() || document.title.replace(/ · ProfAI$/, "")}`;
            const entry = {
                id: `${Date.now()} ${Math.random()}`, account, action: form.action || window.location.href,
                fields: [...data], label, refused: false,
            };
            const answer = await deliver(entry).catch(() => null);
            if (answer?.ok) {
                goTo((await answer.json()).address);
            } else if (answer && REFUSED.includes(answer.status)) {
                // The server's page says what is wrong, with what was typed.
                if (button?.name) {
                    const field = document.createElement("input");
                    Object.assign(field, { type: "hidden", name: button.name, value: button.value });
                    form.append(field);
                }
                HTMLFormElement.prototype.submit.call(form);
            } else if (write([...read(), entry])) {
                form.reset();
                show(answer?.type === "opaqueredirect" ? words.loginEnded : "");
                box.scrollIntoView({ block: "nearest" });
                later();
            } else {
                show(words.notKept);
            }
            isSending = false;
        });
    }
    window.addEventListener("online", flush);
    show("");
    flush();
})();
