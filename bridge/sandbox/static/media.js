// Files, places and cards, as the phone and the desk show them alike.

import { anchor, h, icon } from "./dom.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");

export function weight(bytes) {
  if (!bytes) return "";
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function length(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

const TALLEST = 260; // as in the style sheet

// The room that a picture needs is taken before it comes, so that nothing jumps.
function sized(element, width, height, tallest = TALLEST) {
  if (!width || !height) return element;
  const scale = Math.min(1, tallest / height);
  element.style.width = `${Math.round(width * scale)}px`;
  element.style.aspectRatio = `${width} / ${height}`;
  return element;
}

export function picture({ url, width, height, label, name = "picture", tallest }) {
  const image = sized(h("img", { src: url, alt: label, loading: "lazy", decoding: "async" }), width, height, tallest);
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "missing" }, icon("photo"), `${label} (can't be shown now)`)), { once: true });
  return h("a", { class: `picture ${name}`, href: url, target: "_blank", rel: "noopener", title: "Open" }, image);
}

export function sound({ url, label, title }) {
  return h("figure", { class: "sound" },
    title && h("figcaption", {}, icon("note"), title),
    h("audio", { src: url, controls: true, preload: "metadata", "aria-label": label }));
}

export function film({ url, width, height, poster, label, round = false, loop = false }) {
  const quiet = loop ? { loop: true, muted: true, autoplay: !still.matches } : {};
  const made = h("video", { src: url, poster, controls: true, preload: "metadata", playsinline: true, "aria-label": label, class: round ? "film round" : "film", ...quiet });
  made.muted = loop;
  return sized(made, width, height);
}

export function attachment({ url, name, size, type }) {
  return h("a", { class: "document", href: url, download: name, title: type || undefined },
    h("span", { class: "document-sign" }, icon("down")),
    h("span", {}, h("strong", {}, name), h("small", {}, [weight(size), type].filter(Boolean).join(" · "))));
}

export function place({ latitude, longitude, title, address, live }) {
  const at = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return h("div", { class: `card-line place${live ? " live" : ""}` },
    h("span", { class: "sign" }, icon("pin")),
    h("span", {}, h("strong", {}, title || (live ? "Live location" : "Location")), address && h("small", {}, address), h("small", {}, anchor(map, at))));
}

export function card({ sign, title, lines }) {
  return h("div", { class: "card-line" },
    h("span", { class: "sign", "aria-hidden": "true" }, sign),
    h("span", {}, h("strong", {}, title), lines.filter(Boolean).map((line) => h("small", {}, line))));
}
