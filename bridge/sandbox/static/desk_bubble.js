// One message at the desk: what users sent, what agents and bots answered, and notes.

import { anchor, clock, h, icon } from "./dom.js";
import { mark, trouble } from "./fates.js";
import { markdown } from "./markdown.js";
import { attachment, film, picture, sound } from "./media.js";

const LEADS_TO = { frame: "Page in a frame", redirect: "Sends the user to", tts: "Speech" };
const SIGNS = { url: "link", action: "spark", text: "bubble" };

export function bubble(message) {
  if (message.who === "system") return h("p", { class: "system" }, `${message.text} · ${clock(message.at)}`);
  const why = trouble(message);
  return h("div", { class: `row ${message.who === "user" ? "theirs" : "mine"} ${message.who}` },
    h("div", { class: "bubble" },
      h("span", { class: "author" }, message.who === "note" && icon("lock"), message.who === "note" ? `Private note · ${message.name}` : message.name),
      message.bubbles.map(part),
      message.aside && h("small", { class: "aside" }, icon("eye"), "for information: the real desk does not show it"),
      h("span", { class: "meta" }, clock(message.at), mark(message, "on the user's phone"))),
    why && h("p", { class: "why" }, why));
}

function part(one) {
  if (one.wait !== undefined) return h("p", { class: "pause" }, icon("clock"), `waits ${(one.wait / 1000).toFixed(1)} s`);
  return h("div", { class: "part" },
    one.file && file(one),
    one.type === "html" && h("small", { class: "kind" }, icon("code"), "HTML"),
    one.type === "url_preview" && h("small", { class: "kind" }, icon("link"), "Sources"),
    one.text && (one.type === "html" || one.type === "url_preview" ? h("pre", { class: "source" }, one.text) : h("div", { class: "text markdown", dir: "auto" }, markdown(one.text))),
    one.cards && h("div", { class: "cards" }, one.cards.map(card)),
    one.buttons && buttons(one.buttons),
    one.action && h("small", { class: "kind" }, icon("spark"), "action ", h("code", {}, one.action)));
}

function file({ type, file: one }) {
  const label = { image: "Picture" }[type] ?? one.name ?? type;
  if (LEADS_TO[type]) return h("p", { class: "leads" }, icon("link"), `${LEADS_TO[type]} `, anchor(one.url, one.url));
  if (!one.shown) return h("p", { class: "leads" }, icon("file"), anchor(one.url, one.name || one.url));
  const shown = { ...one, url: one.shown, label, tallest: 200 };
  if (type === "image") return picture(shown);
  if (one.type.startsWith("audio/")) return h("div", {}, sound({ ...shown, title: one.name }), saved(one));
  if (one.type.startsWith("video/")) return h("div", {}, film(shown), saved(one));
  return attachment({ ...one, url: one.shown === one.url ? one.download ?? one.url : one.shown });
}

function saved(one) {
  return h("p", { class: "leads" }, icon("down"), h("a", { href: one.shown === one.url ? one.download ?? one.url : one.shown, download: one.name, target: "_blank", rel: "noopener" }, one.name || "Save"));
}

function card(one) {
  return h("div", { class: "gallery-card" },
    one.shown ? picture({ url: one.shown, label: one.title || "Card" }) : one.url && h("p", { class: "leads" }, icon("photo"), anchor(one.url, "picture")),
    h("strong", {}, one.title), one.text && h("small", {}, one.text),
    one.buttons.length > 0 && buttons(one.buttons));
}

function buttons(list) {
  return h("ul", { class: "chips", "aria-label": "Buttons" }, list.map((one) =>
    h("li", { title: one.link || one.action || undefined }, icon(SIGNS[one.type] ?? "bubble"), one.value)));
}
