// The journal, live: every entry with its lane, state, attempts and how long it took; and the daemon's log.

import { clock, h, icon, keyed, lasting } from "./dom.js";
import { plain } from "./markdown.js";
import { on } from "./stream.js";

const WORDS = { waiting: "waiting", sending: "sending", done: "delivered", dead: "dead" };

export function entries() {
  const rows = h("tbody", {});
  const table = h("table", {},
    h("thead", {}, h("tr", {}, ["Entry", "Lane", "Message", "Step", "Tries", "State", "Took"].map((name) => h("th", { scope: "col" }, name)))), rows);
  const nothing = h("p", { class: "empty" }, "Nothing yet. Every message will show up here on its way through the journal.");
  const journal = h("div", { class: "journal", tabindex: 0, role: "region", "aria-label": "The journal's entries" }, table, nothing);
  const log = h("pre", { class: "log", tabindex: 0, role: "region", "aria-label": "The bridge's log", hidden: true });
  const views = [["Journal", journal], ["Log", log]].map(([label, view]) => {
    const button = h("button", { type: "button", "aria-pressed": String(view === journal), onclick: () => turnTo(view) }, label);
    return { button, view };
  });
  on("entries", (list) => {
    keyed(rows, list, (one) => one.id, line);
    nothing.hidden = list.length > 0;
    table.hidden = list.length === 0;
  });
  on("log", ({ lines }) => {
    log.textContent = lines;
    log.scrollTop = log.scrollHeight;
  });

  function turnTo(wanted) {
    for (const { button, view } of views) {
      view.hidden = view !== wanted;
      button.setAttribute("aria-pressed", String(view === wanted));
    }
    log.scrollTop = log.scrollHeight;
  }

  return h("div", { class: "card grows" },
    h("div", { class: "modes", role: "group", "aria-label": "What to see" }, views.map(({ button }) => button)), journal, log);
}

function line(one) {
  const done = one.state === "done";
  const state = done && one.reason ? (one.reason === "news" ? "noted" : "kept back") : WORDS[one.state];
  const took = one.settled ? lasting(one.settled - one.accepted) : "";
  return h("tr", { class: `${one.state} ${one.direction}` },
    h("td", {}, icon(one.direction === "in" ? "right" : "left", one.direction === "in" ? "from the user" : "from the desk"), ` ${one.id}`),
    h("td", { class: "lane", title: one.lane }, one.lane),
    h("td", { class: "words", title: one.text }, h("span", { class: "from" }, `${one.who} `), (one.direction === "out" ? plain(one.text) : one.text) || note(one), one.reason && !done && h("span", { class: "reason" }, one.reason)),
    h("td", {}, String(one.step + 1)),
    h("td", {}, String(one.attempts + (one.state === "waiting" ? 0 : 1))),
    h("td", {}, h("span", { class: "chip", title: one.reason || undefined }, state), one.suspect > 0 && h("span", { class: "suspect", title: "Its answer was lost, or the bridge died while sending it" }, `suspect ×${one.suspect}`)),
    h("td", { class: "took", title: `accepted at ${clock(one.accepted)}` }, took));
}

function note({ reason, state }) {
  return state === "done" && reason ? `(${reason})` : "";
}
