// Making elements, and keeping lists of them in step with data. Text is always text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
  clip: "M20 11.5 12.2 19a5 5 0 0 1-7-7l8-7.8a3.4 3.4 0 0 1 4.8 4.8l-8 7.8a1.8 1.8 0 0 1-2.5-2.5l7.2-7",
  plus: "M12 5v14M5 12h14",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  tick: "M5 13l4.5 4.5L19 7",
  ticks: "M2 13l4.5 4.5L16 7M11.5 17 12 17.5 22 7",
  alert: "M12 8v5M12 16.5v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  right: "M4 12h15M13 6l6 6-6 6",
  left: "M20 12H5M11 6l-6 6 6 6",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  ban: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M5.8 5.8l12.4 12.4",
  burst: "M4 6h10M4 12h16M4 18h7",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  stop: "M7 7h10v10H7z",
  play: "M8 5.5v13l10.5-6.5z",
  mic: "M12 15a3.2 3.2 0 0 0 3.2-3.2V7a3.2 3.2 0 0 0-6.4 0v4.8A3.2 3.2 0 0 0 12 15M6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  photo: "M4 6h16v13H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 4.5M15.5 9.5v.1",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  pin: "M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0c0 5 6.5 11 6.5 11M12 10.2v.1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6 6l12 12M18 6 6 18",
  dots: "M5 12h.1M12 12h.1M19 12h.1",
  bubble: "M4 5h16v11H9l-5 4z",
  spark: "M12 4v5M12 15v5M4 12h5M15 12h5",
};

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

// Does `change`, and keeps the end in view if it was.
export function following(box, change) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  change();
  if (atEnd) box.scrollTop = box.scrollHeight;
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
export function composer({ label, placeholder, send, extras = [] }) {
  const box = h("textarea", { rows: 1, "aria-label": label, placeholder, maxlength: 20000 });
  const button = h("button", { type: "submit", class: "send", title: "Send (Enter)", "aria-label": "Send" }, icon("send"));
  const grow = () => {
    box.style.height = "auto";
    if (box.scrollHeight) box.style.height = `${Math.min(box.scrollHeight + 2, 132)}px`;
  };
  const form = h("form", { class: "composer" }, extras, box, button);
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

// A button that opens a small menu of choices.
export function menu(button, choices) {
  const list = h("div", { class: "menu", role: "menu", hidden: true });
  const close = (refocus) => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (refocus) button.focus();
  };
  for (const { sign, label, act } of choices) {
    list.append(h("button", { type: "button", role: "menuitem", onclick: () => { close(true); act(); } }, icon(sign), label));
  }
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.firstElementChild.focus();
  });
  list.addEventListener("keydown", (pressed) => {
    const buttons = [...list.children];
    const at = buttons.indexOf(document.activeElement);
    if (pressed.key === "Escape") close(true);
    if (pressed.key === "ArrowDown") buttons[(at + 1) % buttons.length].focus();
    if (pressed.key === "ArrowUp") buttons[(at + buttons.length - 1) % buttons.length].focus();
  });
  document.addEventListener("pointerdown", (pressed) => {
    if (!list.hidden && !list.contains(pressed.target) && !button.contains(pressed.target)) close(false);
  });
  return h("div", { class: "menu-holder" }, button, list);
}
