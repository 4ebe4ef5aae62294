// One message on the phone, and what can be done with it.

import { clock, h, icon } from "./dom.js";
import { telegram } from "./entities.js";
import { mark, trouble } from "./fates.js";
import { card, attachment, film, length, picture, place, sound } from "./media.js";
import { choice, menu } from "./menu.js";

const REACTIONS = ["👍", "❤️", "😂", "😮"];

// `to` does things: press, react, reply, edit, forward, move, stop, seek.
export function bubble(message, to) {
  const why = message.mine ? trouble(message) : "";
  const bare = message.kind === "sticker" || message.kind === "video_note";
  const names = ["row", message.mine ? "mine" : "theirs", message.album && "of-album", bare && "bare"];
  return h("div", { class: names.filter(Boolean).join(" ") },
    h("div", { class: "held" },
      h("div", { class: "bubble" },
        message.origin && h("p", { class: "origin" }, "Forwarded from ", h("strong", {}, message.origin)),
        message.reply && quote(message.reply, to),
        message.file && file(message.file),
        message.place && place(message.place),
        message.card && card(message.card),
        message.text && h("div", { class: "text telegram", dir: "auto" }, telegram(message.text, message.entities)),
        h("span", { class: "meta" }, message.edited && "edited ", clock(message.at), message.mine && mark(message, "at the desk"))),
      menu(h("button", { class: "more", "aria-label": `What to do with this message${message.text ? `: ${message.text.slice(0, 30)}` : ""}`, title: "Reply, react, edit …" }, icon("dots")), () => rows(message, to))),
    message.reaction && h("button", { class: "reaction", title: "Take it back", "aria-label": `Your reaction: ${message.reaction}. Take it back`, onclick: () => to.react(message, null) }, message.reaction),
    message.mine && message.place?.live && h("div", { class: "keyboard" }, h("div", {},
      h("button", { onclick: () => to.move(message) }, icon("walk"), "Move on"),
      h("button", { onclick: () => to.stop(message) }, icon("stop"), "Stop sharing"))),
    message.buttons && keyboard(message, to),
    why && h("p", { class: "why" }, why));
}

function rows(message, to) {
  const react = REACTIONS.map((emoji) => choice({ act: () => to.react(message, emoji), label: `React with ${emoji}`, class: "emoji" }, emoji));
  return [
    h("div", { class: "menu-row", role: "presentation" }, react),
    { sign: "reply", label: "Reply", act: () => to.reply(message) },
    message.mine && (message.text || message.file) && message.kind !== "sticker" && { sign: "pencil", label: "Edit", act: () => to.edit(message) },
    { sign: "forward", label: "Forward to the bot", act: () => to.forward(message) },
  ];
}

function quote({ id, name, text }, to) {
  return h("button", { class: "quoted", onclick: () => to.seek(id), title: "Show that message" }, h("strong", {}, name), h("span", {}, text));
}

function file(one) {
  switch (one.kind) {
    case "photo": return picture({ ...one, label: "Photo" });
    case "sticker": return sticker(one);
    case "voice": return sound({ url: one.url, label: `Voice message, ${length(one.duration ?? 0)}` });
    case "audio": return sound({ url: one.url, label: one.title ?? one.name, title: [one.performer, one.title ?? one.name].filter(Boolean).join(" – ") });
    case "video": return film({ ...one, poster: one.thumb, label: "Video" });
    case "video_note": return film({ ...one, width: 160, height: 160, poster: one.thumb, label: "Round video", round: true });
    case "animation": return film({ ...one, label: "Animation", loop: true });
    default: return attachment(one);
  }
}

function sticker(one) {
  const label = `Sticker ${one.emoji ?? ""}`.trim();
  const side = { width: 128, height: 128 };
  if (one.moves === "webm") return film({ url: one.url, ...side, label, loop: true });
  return picture({ url: one.moves ? one.thumb ?? one.url : one.url, ...side, label, name: "sticker" });
}

function keyboard(message, to) {
  const lines = message.buttons.map((row, y) => h("div", {}, row.map((one, x) => {
    if (one.url) return h("a", { class: "key", href: one.url, target: "_blank", rel: "noopener noreferrer", title: one.url }, one.text, icon("link"));
    const pressed = ({ currentTarget }) => {
      currentTarget.classList.add("asking");
      setTimeout(() => currentTarget.classList.remove("asking"), 4000);
      to.press(message, y, x);
    };
    return h("button", { class: "key", dir: "auto", onclick: pressed }, one.text);
  })));
  return h("div", { class: "keyboard", role: "group", "aria-label": "Buttons under the message" }, lines);
}
