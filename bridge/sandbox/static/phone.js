// The end user's phone: a Telegram chat with the bot, and a strip to switch between users.

import { composer, following, h, icon, initials, keyed, write } from "./dom.js";
import { bubble } from "./phone_bubble.js";
import { attachments, microphone, stickers } from "./phone_extras.js";
import { picker } from "./picker.js";
import { act, hand, on, section } from "./stream.js";

const STARTERS = ["/start", "Hello! My parcel **4711** is late", "Look: `ERR_42` on [this page](https://example.org/help)"];

let current = null;
let attended = null; // what the next words are about: {what: "reply" or "edit", id}
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
  const about = h("div", { class: "about", hidden: true });
  const note = h("p", { class: "answer", role: "status", hidden: true });
  const pick = picker("A file for the bot", attach);
  const sample = (name) => act(`users/${current}/sample`, { name, ...replied() });
  const { form, box, grow } = composer({
    label: "Message as the user",
    placeholder: "Message",
    extras: [attachments({ pick: () => pick.click(), sample }), stickers({ sample }), pick],
    beside: microphone({ send: (milliseconds) => act(`users/${current}/voice`, { milliseconds }) }),
    send: say,
  });
  const to = {
    press: ({ id }, row, column) => act(`users/${current}/press`, { message: id, row, column }),
    react: ({ id }, emoji) => act(`users/${current}/react`, { message: id, emoji }),
    forward: ({ id }) => act(`users/${current}/forward`, { message: id }),
    move: ({ id }) => act(`users/${current}/move`, { message: id }),
    stop: ({ id }) => act(`users/${current}/stop`, { message: id }),
    reply: (message) => attend("reply", message),
    edit: (message) => attend("edit", message),
    seek,
  };
  pane.firstElementChild.append(burst);
  pane.append(
    h("div", { class: "people" }, strip, add),
    h("div", { class: "device" },
      h("div", { class: "chat-head" }, h("span", { class: "avatar bot" }, icon("bubble")), h("div", {}, h("strong", {}, "Sandbox"), status), block),
      messages, starters, note, about, form),
  );
  box.addEventListener("keydown", ({ key }) => key === "Escape" && attend(null));

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

  let noted = 0;
  on("answered", ({ chat, text }) => {
    if (chat !== current) return;
    for (const key of messages.querySelectorAll(".asking")) key.classList.remove("asking");
    if (!text) return;
    write(note, text);
    note.hidden = false;
    clearTimeout(noted);
    noted = setTimeout(() => { note.hidden = true; }, 4000);
  });

  // The next words answer a message, or take the place of its own.
  function attend(what, message) {
    attended = what && { what, id: message.id };
    about.hidden = !what;
    if (what === "edit") box.value = message.text;
    else if (!what && about.dataset.what === "edit") box.value = "";
    about.dataset.what = what ?? "";
    const words = what && (message.text || message.kind);
    about.replaceChildren(...(what ? [
      icon(what === "edit" ? "pencil" : "reply"),
      h("span", {}, h("strong", {}, what === "edit" ? "Edit" : "Reply"), " ", words),
      h("button", { type: "button", class: "round", title: "Cancel (Escape)", "aria-label": `Cancel the ${what}`, onclick: () => attend(null) }, icon("cross")),
    ] : []));
    grow();
    if (what) box.focus({ preventScroll: true });
  }

  function replied() {
    const id = attended?.what === "reply" ? attended.id : null;
    if (attended) attend(null);
    return id === null ? {} : { reply_to: id };
  }

  function say(text) {
    const { what, id } = attended ?? {};
    if (what !== "edit") return act(`users/${current}/say`, { text, ...replied() });
    attend(null);
    return act(`users/${current}/edit`, { text, message: id });
  }

  function attach(file) {
    const caption = box.value.trim();
    box.value = "";
    grow();
    attend(null);
    hand(`users/${current}/file`, file, caption ? { caption } : {});
  }

  function seek(id) {
    const found = [...messages.children].find((one) => one.dataset.key === String(id));
    found?.scrollIntoView({ block: "center" });
    found?.classList.add("sought");
    setTimeout(() => found?.classList.remove("sought"), 1500);
  }

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
    attend(null);
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
    following(messages, () => keyed(messages, chat, (one) => one.id, (one) => bubble(one, to)));
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
