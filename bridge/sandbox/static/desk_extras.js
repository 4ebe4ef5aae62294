// What the agent, or a bot in their place, can send besides words.

import { h, icon } from "./dom.js";
import { menu } from "./menu.js";

const FILES = [["photo", "image", "A picture"], ["file", "document", "A document"], ["film", "video", "A film"], ["note", "audio", "Music"], ["mic", "voice", "A voice message"]];
const BUTTONS = [["bubble", "choices", "Buttons with words"], ["spark", "actions", "Buttons for a bot's actions"], ["link", "links", "Buttons with links, one broken"], ["grid", "sixty", "Sixty buttons"], ["layers", "cards", "Cards with pictures"]];
const OTHERS = [["clock", "bot", "A bot: words, a pause, buttons"], ["list", "rich", "All kinds of formatting"], ["burst", "long", "A long answer (it is split)"], ["code", "html", "HTML"], ["forward", "redirect", "A redirect"], ["grid", "frame", "A page in a frame"], ["eye", "preview", "A bot's sources"]];

export function attachments({ pick, sample }) {
  const row = ([sign, name, label]) => ({ sign, label, act: () => sample(name) });
  return menu(
    h("button", { type: "button", class: "round", title: "Attach, or send a sample", "aria-label": "Attach, or send a sample" }, icon("clip")),
    () => [{ sign: "plus", label: "A file from this computer…", act: pick }, "Files", ...FILES.map(row), "Buttons and cards", ...BUTTONS.map(row), "Other kinds", ...OTHERS.map(row)],
  );
}
