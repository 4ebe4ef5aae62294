// Small menus that open at a button, above everything else.

import { h, icon } from "./dom.js";

let open = null;

// A button that opens a menu; `choices` gives its rows anew each time: {sign, label, act}, a string as a heading, or an element.
export function menu(button, choices) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    if (open?.button === button) close(true);
    else show(button, choices());
  });
  return button;
}

function show(button, rows) {
  close(false);
  const list = h("div", { class: "menu", role: "menu", "aria-label": button.getAttribute("aria-label") }, rows.filter(Boolean).map(row));
  document.body.append(list);
  open = { button, list };
  button.setAttribute("aria-expanded", "true");
  place(list, button.getBoundingClientRect());
  entries(list)[0]?.focus({ preventScroll: true });
  list.addEventListener("keydown", (pressed) => {
    const all = entries(list);
    const at = all.indexOf(document.activeElement);
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    if (pressed.key === "Escape" || pressed.key === "Tab") {
      pressed.preventDefault();
      close(true);
    } else if (pressed.key in steps) {
      pressed.preventDefault();
      all[(at + steps[pressed.key] + all.length) % all.length].focus();
    } else if (pressed.key === "Home" || pressed.key === "End") {
      pressed.preventDefault();
      all.at(pressed.key === "Home" ? 0 : -1).focus();
    }
  });
}

function row(one) {
  if (typeof one === "string") return h("p", { class: "menu-title", role: "presentation" }, one);
  if (one instanceof Element) return one;
  return choice(one, one.sign && icon(one.sign), one.label);
}

// One thing to choose; for rows that are built by others.
export function choice({ act, label, class: name }, ...children) {
  const chosen = () => {
    close(true);
    act();
  };
  return h("button", { type: "button", role: "menuitem", class: name, "aria-label": children.length > 1 ? undefined : label, onclick: chosen }, children);
}

function entries(list) {
  return [...list.querySelectorAll('[role="menuitem"]')];
}

// Above the button where there is room, else below; never out of the window.
function place(list, at) {
  const { width, height } = list.getBoundingClientRect();
  const above = at.top - 6 - height;
  const below = Math.min(at.bottom + 6, innerHeight - height - 6);
  list.style.top = `${above >= 6 ? above : Math.max(6, below)}px`;
  list.style.left = `${Math.max(6, Math.min(at.left, innerWidth - width - 6))}px`;
}

function close(refocus) {
  if (!open) return;
  open.list.remove();
  open.button.setAttribute("aria-expanded", "false");
  if (refocus && open.button.isConnected) open.button.focus({ preventScroll: true });
  open = null;
}

document.addEventListener("pointerdown", ({ target }) => {
  if (open && !open.list.contains(target) && !open.button.contains(target)) close(false);
});
addEventListener("resize", () => close(false));
