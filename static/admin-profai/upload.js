"use strict";

// Lists the chosen files, and says before a long upload what the server would refuse. Where the
// installation keeps its files in S3, it sends them there itself, each to an address that the API
// signs for it, and the form then carries only their ids. If that cannot be done, the form is sent
// with the files as it is without a script.
(() => {
    const form = document.getElementById("pa-upload");
    const input = form.querySelector("input[type=file]");
    const sent = form.querySelector("input[name=sent]");
    const list = document.getElementById("pa-upload-files");
    const problem = document.getElementById("pa-upload-problem");
    const button = form.querySelector("input[type=submit]");
    const words = button.value;
    const megabytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MB`;
    // Digests are computed on pages of https and of this machine only.
    const isDirect = Boolean(input.dataset.direct && sent && window.crypto.subtle);

    // What the server says against a file. To send it another way would not help.
    class Refused extends Error {}

    const tooMuchForForm = (files) => {
        const together = files.reduce((sum, file) => sum + file.size, 0);
        const most = Number(input.dataset.maxForm);
        return together > most
            ? `These files are ${megabytes(together)} together; choose at most ${megabytes(most)}.`
            : "";
    };

    const findProblem = (files) => {
        const most = Number(input.dataset.maxFiles);
        if (files.length > most) {
            return `You chose ${files.length} files; choose at most ${most}.`;
        }
        const limit = Number(input.dataset.maxBytes);
        const large = files.find((file) => file.size > limit);
        if (large) {
            return `${large.name} is larger than ${megabytes(limit)}. Split it or make it smaller.`;
        }
        return isDirect ? "" : tooMuchForForm(files);
    };

    const say = (words) => {
        problem.textContent = words;
        problem.classList.toggle("pa-hidden", !words);
    };

    const update = () => {
        const files = Array.from(input.files);
        list.replaceChildren(
            ...files.map((file) => {
                const line = document.createElement("li");
                line.textContent = `${file.name} (${megabytes(file.size)})`;
                return line;
            }),
        );
        const refusal = findProblem(files);
        say(refusal);
        button.disabled = Boolean(refusal);
    };

    const digest = async (file) => {
        const bytes = await window.crypto.subtle.digest("SHA-256", await file.arrayBuffer());
        return Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, "0")).join("");
    };

    const announce = async (file) => {
        const answer = await fetch(input.dataset.direct, {
            method: "POST",
            headers: {
                "Content-Type": "application/json",
                "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
            },
            body: JSON.stringify({
                name: file.name,
                size: file.size,
                sha256: await digest(file),
            }),
        });
        if (answer.status === 400) {
            throw new Refused(`${file.name}: ${(await answer.json()).detail}`);
        }
        if (!answer.ok) {
            throw new Error(`The address of ${file.name} was answered with ${answer.status}.`);
        }
        return answer.json();
    };

    // With XMLHttpRequest, because fetch tells nothing of its progress.
    const put = (file, offer, bar) =>
        new Promise((resolve, reject) => {
            const request = new XMLHttpRequest();
            request.open(offer.method, offer.url);
            for (const [name, value] of Object.entries(offer.headers)) {
                // The browser sets this one itself.
                if (name.toLowerCase() !== "content-length") {
                    request.setRequestHeader(name, value);
                }
            }
            request.upload.addEventListener("progress", (event) => {
                bar.value = event.loaded / event.total;
            });
            request.addEventListener("load", () =>
                request.status === 200 ? resolve() : reject(new Error(String(request.status))),
            );
            request.addEventListener("error", () => reject(new Error("no answer")));
            request.send(file);
        });

    const sendFile = async (file, line) => {
        const bar = document.createElement("progress");
        bar.max = 1;
        bar.value = 0;
        bar.setAttribute("aria-label", `Sending ${file.name}`);
        line.append(bar);
        const offer = await announce(file);
        await put(file, offer, bar);
        bar.replaceWith(" \u2713 sent");
        return offer.id;
    };

    const sendDirectly = async (files) => {
        const ids = [];
        try {
            for (const [number, file] of files.entries()) {
                ids.push(await sendFile(file, list.children[number]));
            }
        } catch (error) {
            const refusal = error instanceof Refused ? error.message : tooMuchForForm(files);
            if (refusal) {
                update();
                say(refusal);
                button.value = words;
                return;
            }
            form.submit();
            return;
        }
        sent.value = ids.join(",");
        input.disabled = true;
        form.submit();
    };

    input.addEventListener("change", update);
    form.addEventListener("submit", (event) => {
        button.disabled = true;
        button.value = "Uploading…";
        if (isDirect && input.files.length) {
            event.preventDefault();
            sendDirectly(Array.from(input.files));
        }
    });
    // A page that comes back from the browser's cache must not keep a dead button.
    window.addEventListener("pageshow", () => {
        button.value = words;
        input.disabled = false;
        if (sent) {
            sent.value = "";
        }
        update();
    });
})();
