"use strict";

// Lists the chosen files, and says before a long upload what the server would refuse.
(() => {
    const form = document.getElementById("pa-upload");
    const input = form.querySelector("input[type=file]");
    const list = document.getElementById("pa-upload-files");
    const problem = document.getElementById("pa-upload-problem");
    const button = form.querySelector("input[type=submit]");
    const megabytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MB`;

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
        const together = files.reduce((sum, file) => sum + file.size, 0);
        const form = Number(input.dataset.maxForm);
        return together > form
            ? `These files are ${megabytes(together)} together; choose at most ${megabytes(form)}.`
            : "";
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
        const words = findProblem(files);
        problem.textContent = words;
        problem.classList.toggle("pa-hidden", !words);
        button.disabled = Boolean(words);
    };

    input.addEventListener("change", update);
    form.addEventListener("submit", () => {
        button.disabled = true;
        button.value = "Uploading…";
    });
    // A page that comes back from the browser's cache must not keep a dead button.
    window.addEventListener("pageshow", () => {
        button.value = "Make the course";
        update();
    });
})();
