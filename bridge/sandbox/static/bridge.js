// The middle: the daemon's life, its health, trouble to make, and the cards around it.

import { count, h, icon, keyed, lasting, write } from "./dom.js";
import { entries } from "./entries.js";
import { path } from "./path.js";
import { promise } from "./promise.js";
import { act, on, section } from "./stream.js";

const PHASES = { running: "runs", starting: "is starting", stopping: "is stopping", stopped: "is stopped", killed: "was killed", failed: "did not start", ended: "has ended" };

const TROUBLES = [
  ["desk_down", "Tiledesk down", "Its port is shut: connections are refused"],
  ["telegram_down", "Telegram down", "Its port is shut; users still write, and Telegram keeps it"],
  ["too_many", "Telegram 429", "Telegram answers: too many requests, retry after 4 s"],
  ["slow", "Slow network", "Every call takes 1.2 s more"],
  ["lossy", "Lose answers", "One answer in five gets lost after the deed was done"],
];

export function bridge(pane) {
  const title = h("h2", { id: "bridge-title" }, "The bridge");
  const life = h("p", { class: "life" });
  const kill = h("button", { class: "danger", title: "SIGKILL, as a power cut would; then it starts again", onclick: drive("kill") }, icon("bolt"), "Kill −9, restart");
  const toggle = h("button", { class: "quiet", onclick: () => drive(section("daemon")?.pid ? "stop" : "start")() });
  const console = h("a", { class: "button quiet", href: "/console", target: "_blank", rel: "noopener", title: "The bridge's own pages for operators; you are signed in" }, icon("gauge"), "Console");
  const health = h("ul", { class: "health" });
  const switches = h("div", { class: "switches" });
  pane.append(
    h("div", { class: "card" },
      h("div", { class: "card-head" }, h("div", {}, title, life), h("div", { class: "acts" }, console, kill, toggle)),
      path(), health),
    promise(),
    h("div", { class: "card trouble" }, h("h3", {}, "Make trouble", h("small", {}, "and watch it hold")), switches),
    entries(),
  );
  let busy = false;
  on("daemon", drawLife);
  on("health", drawHealth);
  on("daemon", drawHealth);
  on("troubles", drawSwitches);
  setInterval(drawLife, 1000);

  function drive(wish) {
    return async () => {
      busy = true;
      drawLife();
      await act(`daemon/${wish}`);
      busy = false;
      drawLife();
    };
  }

  function drawLife() {
    const daemon = section("daemon");
    if (!daemon) return;
    const facts = daemon.pid
      ? [`process ${daemon.pid}`, `up ${lasting(Math.max(1, Math.round(Date.now() / 1000 - daemon.since)))}`]
      : daemon.code === null || daemon.phase === "starting" ? [] : [daemon.code < 0 ? `ended by signal ${-daemon.code}` : `ended with code ${daemon.code}`];
    facts.push(count(daemon.restarts, "restart"));
    write(title, `The bridge ${PHASES[daemon.phase] ?? daemon.phase}`);
    title.className = daemon.phase === "running" ? "good" : "bad";
    write(life, facts.join(" · "));
    toggle.disabled = busy;
    kill.disabled = busy || !daemon.pid;
    const sign = daemon.pid ? "stop" : "play";
    if (toggle.dataset.sign !== sign) toggle.replaceChildren(icon(sign), daemon.pid ? "Stop" : "Start");
    toggle.dataset.sign = sign;
  }

  function drawHealth() {
    const { answers, parts } = section("health") ?? {};
    const rows = answers
      ? Object.entries(parts).map(([name, { ok, reason }]) => ({ name, ok, words: inWords(name, ok, reason) }))
      : [{ name: "silent", ok: false, words: "The bridge does not answer. Telegram keeps what users write until it is back." }];
    keyed(health, rows, (row) => row.name, (row) => h("li", { class: row.ok ? "good" : "bad", title: row.name }, row.words));
  }

  function drawSwitches() {
    const state = section("troubles") ?? {};
    const rows = TROUBLES.map(([name, label, hint]) => ({ name, label, hint, on: state[name] ?? false }));
    keyed(switches, rows, (row) => row.name, (row, known) => {
      const flip = () => act(`trouble/${row.name}`, { on: !row.on });
      const made = h("button", { role: "switch", "aria-checked": String(row.on), class: "switch", title: row.hint, onclick: flip },
        h("span", { class: "knob", "aria-hidden": "true" }), row.label);
      if (known && known.contains(document.activeElement)) queueMicrotask(() => made.focus());
      return made;
    });
  }
}

function inWords(name, ok, reason) {
  const [kind, place] = name.split(/[ /]/);
  const why = reason ? `: ${reason}` : "";
  switch (kind) {
    case "intake": return ok ? "Updates" : `Gets no updates from Telegram${why}`;
    case "channel": return ok ? "Telegram gate open" : `Gate to Telegram shut${why}`;
    case "desk": return ok ? "Tiledesk gate open" : `Gate to Tiledesk shut${why}`;
    case "journal": return ok ? "Journal" : `Journal${why}`;
    case "subscriptions": return ok ? "Webhooks" : `Webhooks not subscribed${why}`;
    default: return `${kind} ${place ?? ""}${ok ? " well" : why}`;
  }
}
