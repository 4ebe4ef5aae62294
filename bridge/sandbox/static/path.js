// The drawing: both directions as rails with stations, and a dot for every entry that moves.

import { h, icon, write } from "./dom.js";
import { on } from "./stream.js";

const STATIONS = ["accepted", "waiting", "sending", "delivered"];
const PLACE = { waiting: 1, sending: 2, done: 3, dead: 2 };
const MOST_DOTS = 24;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function path() {
  const rails = { in: rail("in", "From users to the desk"), out: rail("out", "From the desk to users") };
  const known = new Map();
  let first = true;
  on("path", (counts) => {
    for (const way of ["in", "out"]) {
      const { waiting, sending, done, dead, aside } = counts[way];
      const numbers = { accepted: waiting + sending + done + dead + aside, waiting, sending, delivered: done, dead };
      write(rails[way].delivered, aside ? `delivered, ${aside} aside` : "delivered");
      for (const [name, number] of Object.entries(numbers)) {
        const shown = rails[way].numbers[name];
        write(shown, String(number));
        shown.parentElement.classList.toggle("busy", number > 0 && name !== "accepted" && name !== "delivered");
      }
    }
  });
  on("entries", (list) => {
    for (const { id, direction, state } of [...list].reverse()) {
      const to = PLACE[state];
      const from = known.get(id) ?? 0;
      known.set(id, to);
      if (!first && to !== from && !still.matches) dot(rails[direction].track, from, to, state);
    }
    first = false;
  });
  return h("div", { class: "path" },
    h("div", { class: "end" }, icon("send"), "Telegram"),
    h("div", { class: "rails" }, rails.in.element, rails.out.element),
    h("div", { class: "end" }, icon("bubble"), "Tiledesk"));
}

function rail(way, label) {
  const numbers = {};
  const names = {};
  const stations = STATIONS.map((name) => {
    numbers[name] = h("b", {}, "0");
    names[name] = h("span", {}, name);
    return h("div", { class: `station ${name}` }, numbers[name], names[name]);
  });
  names.delivered.title = "Aside are private notes and events: read, and rightly sent to nobody";
  numbers.dead = h("b", {}, "0");
  const dead = h("div", { class: "branch", title: "Dead letters: kept with their reason, to be read and tried again" }, numbers.dead, " dead");
  const track = h("div", { class: "track", "aria-hidden": "true" });
  return { element: h("div", { class: `rail ${way}`, role: "group", "aria-label": label }, track, stations, dead), numbers, track, delivered: names.delivered };
}

// Stations stand at the middles of four equal columns.
function dot(track, from, to, state) {
  if (track.childElementCount >= MOST_DOTS) return;
  const at = (place) => `${12.5 + place * 25}%`;
  const made = h("i", { class: state === "dead" ? "dot bad" : "dot" });
  track.append(made);
  const side = track.parentElement.classList.contains("out") ? "right" : "left";
  const moved = made.animate([{ [side]: at(from) }, { [side]: at(to) }], { duration: 260 + 160 * Math.abs(to - from), easing: "ease-in-out" });
  moved.onfinish = () => made.remove();
}
