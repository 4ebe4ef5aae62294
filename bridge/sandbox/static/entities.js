// A Telegram text with its entities → nodes. Offsets count UTF-16 units, as JavaScript's strings do.

import { anchor, h } from "./dom.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

export function telegram(text, entities) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return within(text, 0, text.length, sorted);
}

function within(text, start, end, entities) {
  const nodes = [];
  let at = start;
  for (let index = 0; index < entities.length; ) {
    const outer = entities[index];
    const stop = Math.min(outer.offset + outer.length, end);
    const inner = [];
    for (index += 1; index < entities.length && entities[index].offset < stop; index += 1) inner.push(entities[index]);
    const block = BLOCKS.has(outer.type);
    // A block begins and ends its lines by itself: the breaks around it would show as empty lines.
    const before = text.slice(at, outer.offset);
    nodes.push(block ? before.replace(/\n$/, "") : before);
    nodes.push(styled(outer, text.slice(outer.offset, stop), within(text, outer.offset, stop, inner)));
    at = block && text[stop] === "\n" ? stop + 1 : stop;
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function styled(entity, text, nodes) {
  switch (entity.type) {
    case "bold": return h("strong", {}, nodes);
    case "italic": return h("em", {}, nodes);
    case "underline": return h("u", {}, nodes);
    case "strikethrough": return h("s", {}, nodes);
    case "spoiler": return spoiler(nodes);
    case "code": return h("code", {}, nodes);
    case "pre": return h("pre", { "data-language": entity.language }, h("code", {}, nodes));
    case "blockquote":
    case "expandable_blockquote": return h("blockquote", {}, nodes);
    case "text_link": return anchor(entity.url, nodes);
    case "url": return anchor(/^[a-z][a-z\d+.-]*:/i.test(text) ? text : `https://${text}`, nodes);
    case "email": return anchor(`mailto:${text}`, nodes);
    case "phone_number": return anchor(`tel:${text.replace(/[^\d+]/g, "")}`, nodes);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
    case "bot_command": return h("span", { class: "mention" }, nodes);
    default: return h("span", {}, nodes);
  }
}

function spoiler(nodes) {
  const open = ({ currentTarget, key }) => {
    if (key === undefined || key === "Enter" || key === " ") currentTarget.classList.add("open");
  };
  return h("span", { role: "button", tabindex: 0, class: "spoiler", title: "Spoiler: click to read", onclick: open, onkeydown: open }, h("span", {}, nodes));
}
