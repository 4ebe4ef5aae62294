// What the user can send besides words: files, stickers, a voice, places, and the rest.

import { h, icon } from "./dom.js";
import { length } from "./media.js";
import { choice, menu } from "./menu.js";
import { complain } from "./stream.js";

const FILES = [["photo", "photo", "Photo"], ["layers", "album", "Album: two photos and a film"], ["file", "document", "Document"], ["film", "video", "Video"], ["round", "round", "Round video"], ["film", "animation", "Animation"], ["note", "audio", "Music"]];
const PLACES = [["pin", "location", "Location"], ["walk", "live", "Live location"], ["star", "venue", "Venue"]];
const OTHERS = [["person", "own_contact", "My phone number"], ["person", "contact", "Somebody's contact"], ["poll", "poll", "Poll"], ["dice", "dice", "Dice"], ["list", "checklist", "Checklist"], ["forward", "forward", "A channel's post, forwarded"], ["round", "story", "Story"], ["star", "paid", "Paid media"], ["spark", "future", "A kind of the future"]];
const STICKERS = [["smile", "Smile", "webp"], ["box", "Parcel", "webp"], ["ball", "Ball, animated (.tgs)", ""], ["moving", "Square, a video (.webm)", ""]];

export function attachments({ pick, sample }) {
  const row = ([sign, name, label]) => ({ sign, label, act: () => sample(name) });
  return menu(
    h("button", { type: "button", class: "round", title: "Attach", "aria-label": "Attach" }, icon("clip")),
    () => [{ sign: "plus", label: "A file from this computer…", act: pick }, "Files", ...FILES.map(row), "Places", ...PLACES.map(row), "Other kinds", ...OTHERS.map(row)],
  );
}

export function stickers({ sample }) {
  return menu(
    h("button", { type: "button", class: "round", title: "Stickers", "aria-label": "Stickers" }, icon("smile")),
    () => [h("div", { class: "palette", role: "presentation" }, STICKERS.map(([name, label, form]) =>
      choice({ act: () => sample(name), label, class: "sticker-key" },
        form ? h("img", { src: `/samples/${name}.${form}`, alt: "", width: 56, height: 56 }) : h("span", { class: "sticker-sign", "aria-hidden": "true" }, name === "ball" ? "⚽" : "🟥"),
        h("span", {}, label))))],
  );
}

// Hold it, by pointer or by key: as long as it is held, so long is the voice message.
export function microphone({ send }) {
  const hint = "Hold to record a voice message (the sandbox brings the sound)";
  const time = h("span", { class: "recording-time", "aria-hidden": "true" });
  const button = h("button", { type: "button", class: "round mic", title: hint, "aria-label": hint }, icon("mic"), time);
  let since = 0;
  let ticking = 0;
  const begin = () => {
    if (since) return;
    since = performance.now();
    button.classList.add("recording");
    const tick = () => { time.textContent = length((performance.now() - since) / 1000); };
    tick();
    ticking = setInterval(tick, 200);
  };
  const end = (keep) => {
    if (!since) return;
    const lasted = Math.round(performance.now() - since);
    since = 0;
    clearInterval(ticking);
    button.classList.remove("recording");
    if (!keep) return;
    if (lasted < 350) complain("Hold the button for as long as you speak.");
    else send(lasted);
  };
  button.addEventListener("pointerdown", (pressed) => {
    if (pressed.button !== 0) return;
    button.setPointerCapture(pressed.pointerId);
    begin();
  });
  button.addEventListener("pointerup", () => end(true));
  button.addEventListener("pointercancel", () => end(false));
  button.addEventListener("contextmenu", (asked) => asked.preventDefault());
  button.addEventListener("keydown", (pressed) => {
    if (pressed.key === "Escape") end(false);
    if (pressed.key !== " " && pressed.key !== "Enter") return;
    pressed.preventDefault();
    begin();
  });
  button.addEventListener("keyup", ({ key }) => (key === " " || key === "Enter") && end(true));
  button.addEventListener("blur", () => end(false));
  return button;
}
