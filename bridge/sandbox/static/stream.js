// The connection to the sandbox: sections come in as server-sent events, acts go out as JSON.

import { h } from "./dom.js";

const LARGEST = 20 * 1024 * 1024;
const PASSING = new Set(["typing", "answered"]); // told once, not kept

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
    if (!PASSING.has(name)) sections.set(name, content);
    for (const { matches, listener } of listeners) if (matches(name)) listener(content, name);
  });
}

export async function act(path, body = {}) {
  return post(`/api/${path}`, { "Content-Type": "application/json" }, JSON.stringify(body));
}

// Sends a file as it is; `more` goes into the query beside its name.
export async function hand(path, file, more = {}) {
  if (file.size > LARGEST) return complain(`${file.name} is too large: 20 MB at most.`);
  const query = new URLSearchParams({ name: file.name, ...more });
  return post(`/api/${path}?${query}`, { "Content-Type": file.type || "application/octet-stream", "X-Sandbox": "1" }, file);
}

async function post(address, headers, body) {
  try {
    const answer = await fetch(address, { method: "POST", headers, body });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    return complain(said.error ?? `That did not work (${answer.status}).`);
  } catch {
    return complain("The sandbox does not answer. Is it still running?");
  }
}

export function complain(text) {
  const toast = h("p", { class: "toast" }, text);
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), 6000);
  return null;
}
