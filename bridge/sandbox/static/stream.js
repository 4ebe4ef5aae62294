// The connection to the sandbox: sections come in as server-sent events, acts go out as JSON.

import { h } from "./dom.js";

const sections = new Map();
const listeners = [];

// Calls `listener(content, name)` now and whenever a section of that name (or, with a slash at the end, below it) changes.
export function on(wanted, listener) {
  const matches = wanted.endsWith("/") ? (name) => name.startsWith(wanted) : (name) => name === wanted;
  listeners.push({ matches, listener });
  for (const [name, content] of sections) if (matches(name)) listener(content, name);
}

export function section(name) {
  return sections.get(name);
}

export function connect(status) {
  const source = new EventSource("/api/stream");
  source.addEventListener("open", () => {
    status.textContent = "live";
    status.className = "link live";
  });
  source.addEventListener("error", () => {
    status.textContent = "The sandbox has ended, or does not answer";
    status.className = "link gone";
  });
  source.addEventListener("message", ({ data }) => {
    const { section: name, content } = JSON.parse(data);
    // Another sandbox behind the same address: nothing of this page is true any more.
    if (name === "boot" && sections.has("boot") && sections.get("boot").id !== content.id) location.reload();
    if (name !== "typing") sections.set(name, content);
    for (const { matches, listener } of listeners) if (matches(name)) listener(content, name);
  });
}

export async function act(path, body = {}) {
  try {
    const answer = await fetch(`/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    complain(said.error ?? `That did not work (${answer.status}).`);
  } catch {
    complain("The sandbox does not answer. Is it still running?");
  }
  return null;
}

function complain(text) {
  const toast = h("p", { class: "toast" }, text);
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), 6000);
}
