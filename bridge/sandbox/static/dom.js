// Making elements, and keeping lists of them in step with data. Text is always text, never HTML.

import { ICONS } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
    const title = document.createElementNS(SVG, "title");
    title.textContent = label;
    svg.append(title);
  } else svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Brings the children of `parent` in step with `rows`; an element is made anew only when its row has changed.
export function keyed(parent, rows, key, build) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = rows.map((row) => {
    const name = String(key(row));
    const content = JSON.stringify(row);
    const known = old.get(name);
    if (known && known.content === content) return known;
    const made = build(row, known);
    made.dataset.key = name;
    made.content = content;
    if (known) made.classList.add("settled");
    return made;
  });
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
}

// Does `change`, and keeps the end in view if it was; also when pictures come later.
export function following(box, change) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  change();
  if (atEnd) box.scrollTop = box.scrollHeight;
  if (box.follows) return;
  box.follows = true;
  let wasAtEnd = true;
  box.addEventListener("scroll", () => { wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60; }, { passive: true });
  for (const come of ["load", "loadedmetadata"]) {
    box.addEventListener(come, () => { if (wasAtEnd) box.scrollTop = box.scrollHeight; }, { capture: true });
  }
}

export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function lasting(seconds) {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
}

// A link only where it leads to a place that a link may lead to.
export function anchor(address, ...children) {
  const safe = /^(https?:\/\/|mailto:|tel:|tg:\/\/)/i.test(address);
  if (!safe) return h("span", {}, ...children);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer", title: address }, ...children);
}

// A box to write in: it grows, Enter sends, Shift+Enter breaks the line.
export function composer({ label, placeholder, send, extras = [], beside = null }) {
  const box = h("textarea", { rows: 1, "aria-label": label, placeholder, maxlength: 20000 });
  const button = h("button", { type: "submit", class: "send", title: "Send (Enter)", "aria-label": "Send" }, icon("send"));
  const grow = () => {
    box.style.height = "auto";
    if (box.scrollHeight) box.style.height = `${Math.min(box.scrollHeight + 2, 132)}px`;
  };
  const form = h("form", { class: "composer" }, extras, box, beside, button);
  const submit = (happening) => {
    happening?.preventDefault();
    const text = box.value;
    if (!text.trim() || box.disabled) return;
    box.value = "";
    grow();
    send(text);
  };
  form.addEventListener("submit", submit);
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (pressed) => {
    if (pressed.key === "Enter" && !pressed.shiftKey && !pressed.isComposing) submit(pressed);
  });
  return { form, box, button, grow };
}
