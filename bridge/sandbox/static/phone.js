// The end user's phone: a Telegram chat with the bot, and a strip to switch between users.

import { clock, composer, following, h, icon, initials, keyed, menu, write } from "./dom.js";
import { telegram } from "./entities.js";
import { mark, trouble } from "./fates.js";
import { act, on, section } from "./stream.js";

const KINDS = { voice: ["mic", "Voice message"], photo: ["photo", "Photo"], document: ["file", "Document"], location: ["pin", "Location"] };
const STARTERS = ["/start", "Hello! My parcel **4711** is late", "Look: `ERR_42` on [this page](https://example.org/help)"];

let current = null;
let typingUntil = 0;
let typingAfter = 0; // how many messages of the bot there were when it began to type
const drafts = new Map();
const seen = new Map();

export function phone(pane) {
  const strip = h("div", { class: "strip", role: "group", "aria-label": "End users" });
  const add = h("button", { class: "round", title: "Another user", "aria-label": "Add another user", onclick: arrive("users") }, icon("plus"));
  const burst = h("button", { class: "quiet", onclick: arrive("burst"), title: "A new user writes 20 messages at once" }, icon("burst"), "20 at once");
  const status = h("small", {}, "bot");
  const block = h("button", { class: "round", "aria-pressed": "false", onclick: toggleBlock }, icon("ban"));
  const messages = h("div", { class: "messages", role: "log", "aria-live": "polite", "aria-label": "The user's chat", tabindex: 0 });
  const starters = h("div", { class: "starters" });
  const attach = menu(
    h("button", { type: "button", class: "round", title: "Send something that is no text", "aria-label": "Attach" }, icon("clip")),
    Object.entries(KINDS).map(([name, [sign, label]]) => ({ sign, label, act: () => act(`users/${current}/sample`, { name }) })),
  );
  const { form, box, grow } = composer({
    label: "Message as the user",
    placeholder: "Message",
    extras: [attach],
    send: (text) => act(`users/${current}/say`, { text }),
  });
  pane.firstElementChild.append(burst);
  pane.append(
    h("div", { class: "people" }, strip, add),
    h("div", { class: "device" },
      h("div", { class: "chat-head" }, h("span", { class: "avatar bot" }, icon("bubble")), h("div", {}, h("strong", {}, "Sandbox"), status), block),
      messages, starters, form),
  );

  // Not where it would bring up a keyboard on the screen.
  if (matchMedia("(pointer: fine)").matches) box.focus({ preventScroll: true });
  on("users", draw);
  on("chat/", (content, name) => (name === `chat/${current}` ? show() : drawStrip()));
  on("typing", ({ chat }) => {
    if (chat !== current) return;
    typingUntil = Date.now() + 5000;
    typingAfter = theirs(current);
    drawStatus();
    setTimeout(drawStatus, 5100);
  });

  function arrive(path) {
    return async () => {
      const answer = await act(path);
      if (answer) choose(answer.user);
    };
  }

  function user() {
    return (section("users") ?? []).find((one) => one.id === current);
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
    box.focus({ preventScroll: true });
  }

  function draw() {
    const users = section("users") ?? [];
    if (current === null && users.length) {
      current = users[0].id;
      show();
    }
    const now = user();
    if (!now) return;
    box.placeholder = `Message as ${now.name.split(" ")[0]}`;
    const words = now.blocked ? "Unblock the bot" : "Block the bot";
    block.title = words;
    block.setAttribute("aria-label", words);
    block.setAttribute("aria-pressed", String(now.blocked));
    drawStatus();
    drawStrip();
  }

  function drawStatus() {
    const typing = Date.now() < typingUntil;
    write(status, user()?.blocked ? "blocked by the user" : typing ? "typing…" : "bot");
    status.className = typing ? "typing" : "";
  }

  function drawStrip() {
    const rows = (section("users") ?? []).map((one) => ({ ...one, chosen: one.id === current, unread: unread(one.id) }));
    keyed(strip, rows, (one) => one.id, (one) =>
      h("button", { class: "person", "aria-pressed": String(one.chosen), title: `${one.name} (@${one.username}, ${one.language})`, onclick: () => choose(one.id) },
        h("span", { class: "avatar" }, initials(one.name)),
        h("span", { class: "name" }, one.name.split(" ")[0]),
        one.unread > 0 && h("span", { class: "badge", "aria-label": `${one.unread} unread` }, String(one.unread))));
    strip.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function unread(id) {
    if (id === current || !seen.has(id)) seen.set(id, theirs(id));
    return theirs(id) - seen.get(id);
  }

  function show() {
    const chat = section(`chat/${current}`) ?? [];
    if (theirs(current) > typingAfter) typingUntil = 0;
    following(messages, () => keyed(messages, chat, (one) => one.id, bubble));
    const rows = chat.length ? [] : STARTERS.map((text) => ({ text }));
    keyed(starters, rows, (one) => one.text, ({ text }) => h("button", { class: "quiet", onclick: () => act(`users/${current}/say`, { text }) }, text));
    starters.hidden = chat.length > 0;
    drawStatus();
    drawStrip();
  }

  function toggleBlock() {
    act(`users/${current}/block`, { blocked: !user()?.blocked });
  }
}

function theirs(id) {
  return (section(`chat/${id}`) ?? []).filter((one) => !one.mine).length;
}

function bubble(message) {
  const kind = KINDS[message.kind];
  const why = message.mine ? trouble(message) : "";
  return h("div", { class: `row ${message.mine ? "mine" : "theirs"}` },
    h("div", { class: "bubble" },
      kind && h("div", { class: "media" }, icon(kind[0]), kind[1]),
      message.text && h("div", { class: "text telegram" }, telegram(message.text, message.entities)),
      h("span", { class: "meta" }, clock(message.at), message.mine && mark(message, "at the desk"))),
    why && h("p", { class: "why" }, why));
}
