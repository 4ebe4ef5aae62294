// Files from the disk of whoever plays.

import { h } from "./dom.js";

// A file picker that is not seen: a row of a menu opens it.
export function picker(label, take) {
  const input = h("input", { type: "file", class: "hidden-file", tabindex: -1, "aria-label": label });
  input.addEventListener("change", () => {
    for (const file of input.files) take(file);
    input.value = "";
  });
  return input;
}
