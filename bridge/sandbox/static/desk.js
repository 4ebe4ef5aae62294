// The agent's desk: requests, the conversation, reply and private note.

import { bubble } from "./desk_bubble.js";
import { attachments } from "./desk_extras.js";
import { clock, composer, following, h, icon, initials, keyed, write } from "./dom.js";
import { plain } from "./markdown.js";
import { picker } from "./picker.js";
import { act, hand, on, section } from "./stream.js";

let current = null;
let noting = false;
let begun = false; // what was there when the page was opened counts as read
const read = new Map();
const drafts = new Map();

export function desk(pane) {
  const list = h("div", { class: "requests", role: "group", "aria-label": "Requests" });
  const name = h("strong", {});
  const about = h("small", {});
  const close = h("button", { class: "quiet", onclick: () => act(`requests/${current}/close`) }, icon("check"), "Close");
  const head = h("div", { class: "chat-head" }, h("div", {}, name, about), close);
  const messages = h("div", { class: "messages", role: "log", "aria-live": "polite", "aria-label": "The conversation at the desk", tabindex: 0 });
  const empty = h("p", { class: "empty" }, "No request yet. Let the user write something on the phone.");
  const down = h("p", { class: "banner", hidden: true }, icon("alert"), "Tiledesk is down. Users can still write; the bridge keeps it all.");
  const turnTo = (note) => () => { mode(note); box.focus({ preventScroll: true }); };
  const toReply = h("button", { type: "button", "aria-pressed": "true", onclick: turnTo(false) }, "Reply");
  const toNote = h("button", { type: "button", "aria-pressed": "false", onclick: turnTo(true) }, icon("lock"), "Private note");
  const pick = picker("A file for the user", attach);
  const attached = attachments({ pick: () => pick.click(), sample: (name) => act(`requests/${current}/sample`, { name }) });
  const { form, box, button, grow } = composer({
    label: "Message as the agent",
    placeholder: "",
    extras: [attached, pick],
    send: (text) => act(`requests/${current}/${noting ? "note" : "reply"}`, { text }),
  });
  const foot = h("div", { class: "foot" }, h("div", { class: "modes", role: "group", "aria-label": "What to write" }, toReply, toNote), form);
  pane.append(list, h("div", { class: "conversation" }, head, down, messages, empty, foot));

  on("requests", draw);
  on("request/", (content, key) => { if (key === `request/${current}`) show(); });
  on("troubles", draw);
  mode(false);
  drawHead();

  function attach(file) {
    const words = box.value.trim();
    box.value = "";
    grow();
    hand(`requests/${current}/file`, file, words ? { words } : {});
  }

  function requests() {
    return [...(section("requests") ?? [])].sort((a, b) => a.closed - b.closed || (b.last?.at ?? 0) - (a.last?.at ?? 0));
  }

  function choose(id) {
    drafts.set(current, box.value);
    current = id;
    box.value = drafts.get(id) ?? "";
    grow();
    messages.replaceChildren();
    draw();
    show();
    messages.scrollTop = messages.scrollHeight;
  }

  function draw() {
    const all = requests();
    const chosen = all.find((one) => one.id === current);
    const following = all.find((one) => !one.closed && chosen && one.name === chosen.name);
    if (!section("requests")) return;
    // A closed conversation goes on in a new request: follow the person there, unless something is being written.
    if (!chosen && all.length) return choose(all[0].id);
    if (chosen?.closed && following && !box.value) return choose(following.id);
    drawList(all);
    drawHead(chosen);
  }

  function drawList(all) {
    const rows = all.map((one) => {
      if (one.id === current || !begun) read.set(one.id, one.count);
      return { ...one, chosen: one.id === current, unread: one.count - (read.get(one.id) ?? 0) };
    });
    keyed(list, rows, (one) => one.id, line);
    list.hidden = !all.length;
    begun = true;
  }

  function line(one) {
    const last = one.last ? `${{ note: "Note: ", agent: "You: " }[one.last.who] ?? ""}${one.last.text}` : "";
    return h("button", { class: `request${one.closed ? " closed" : ""}`, "aria-pressed": String(one.chosen), onclick: () => choose(one.id) },
      h("span", { class: "avatar" }, initials(one.name)),
      h("span", { class: "who" }, h("strong", {}, one.name), h("span", { class: "last" }, plain(last))),
      h("span", { class: "side" },
        h("small", {}, one.last ? clock(one.last.at) : ""),
        one.unread > 0 ? h("span", { class: "badge", "aria-label": `${one.unread} unread` }, String(one.unread)) : h("small", { class: "state" }, one.closed ? "closed" : "open")));
  }

  function drawHead(chosen) {
    const isDown = section("troubles")?.desk_down ?? false;
    for (const part of [head, messages, foot]) part.hidden = !chosen;
    empty.hidden = Boolean(chosen);
    down.hidden = !isDown;
    if (!chosen) return;
    write(name, chosen.name);
    write(about, ` #${chosen.ticket} · ${chosen.language || "no language"} · ${chosen.closed ? "closed" : "open"}`);
    close.disabled = chosen.closed || isDown;
    box.disabled = button.disabled = attached.disabled = isDown;
  }

  function show() {
    const conversation = section(`request/${current}`) ?? [];
    following(messages, () => keyed(messages, conversation, (one) => one.id, bubble));
  }

  function mode(note) {
    noting = note;
    toReply.setAttribute("aria-pressed", String(!note));
    toNote.setAttribute("aria-pressed", String(note));
    foot.classList.toggle("noting", note);
    attached.hidden = note;
    box.placeholder = note ? "The user never sees it" : "Reply, in Markdown";
    box.setAttribute("aria-label", note ? "Private note" : "Reply as the agent");
  }
}
