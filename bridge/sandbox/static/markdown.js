// Markdown → nodes, for the agent's desk: what Tiledesk's own desk shows of it. Never HTML.

import { anchor, h } from "./dom.js";

const INLINE = new RegExp(
  [
    "(?<ticks>`+)(?<code>.+?)\\k<ticks>",
    "!\\[(?<alt>[^\\]]*)\\]\\((?<src>[^\\s()]+)\\)",
    "\\[(?<label>(?:[^\\[\\]]|\\[[^\\]]*\\])+)\\]\\((?<url>(?:[^\\s()]|\\([^\\s()]*\\))+)\\)",
    "\\*\\*(?<bold>\\S(?:.*?\\S)?)\\*\\*",
    "__(?<heavy>\\S(?:.*?\\S)?)__",
    "~~(?<struck>\\S(?:.*?\\S)?)~~",
    "(?<![*\\w])\\*(?<italic>[^\\s*](?:[^*]*[^\\s*])?)\\*(?!\\*)",
    "(?<![_\\w])_(?<slanted>[^\\s_](?:[^_]*[^\\s_])?)_(?![_\\w])",
    "(?<bare>https?://[^\\s<>]*[^\\s<>.,;:!?)\\]'\"])",
  ].join("|"),
  "s",
);

export function markdown(source) {
  return blocks(source.replace(/\r\n?/g, "\n").split("\n"));
}

function blocks(lines) {
  const nodes = [];
  let at = 0;
  const take = (belongs) => {
    const taken = [];
    while (at < lines.length && belongs(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    const fence = line.match(/^\s*```([\w+#.-]*)\s*$/);
    const heading = line.match(/^(#{1,6})\s+(.*)$/);
    if (!line.trim()) at += 1;
    else if (fence) {
      at += 1;
      const code = take((one) => !/^\s*```\s*$/.test(one));
      at += 1;
      nodes.push(h("pre", { "data-language": fence[1] || undefined }, h("code", {}, code.join("\n"))));
    } else if (heading) {
      at += 1;
      nodes.push(h("p", { class: "heading" }, inline(heading[2])));
    } else if (/^>/.test(line)) {
      nodes.push(h("blockquote", {}, blocks(take((one) => /^>/.test(one)).map((one) => one.replace(/^> ?/, "")))));
    } else if (/^\s*[-*+•]\s+\S/.test(line)) {
      const points = take((one) => /^\s*[-*+•]\s+\S/.test(one));
      nodes.push(h("ul", {}, points.map((one) => h("li", {}, inline(one.replace(/^\s*[-*+•]\s+/, ""))))));
    } else if (/^\s*\d+[.)]\s+\S/.test(line)) {
      const points = take((one) => /^\s*\d+[.)]\s+\S/.test(one));
      nodes.push(h("ol", { start: parseInt(line, 10) }, points.map((one) => h("li", {}, inline(one.replace(/^\s*\d+[.)]\s+/, ""))))));
    } else {
      const words = take((one) => one.trim() && !/^(>|#{1,6}\s|\s*```|\s*[-*+•]\s+\S|\s*\d+[.)]\s+\S)/.test(one));
      // A line that looks like the start of a block and is none must not stop the walk.
      nodes.push(h("p", {}, inline((words.length ? words : [lines[at++]]).join("\n"))));
    }
  }
  return nodes;
}

function inline(source) {
  const nodes = [];
  let rest = source;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    if (match.index) nodes.push(rest.slice(0, match.index));
    nodes.push(marked(match.groups));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) nodes.push(rest);
  return nodes;
}

function marked(found) {
  if (found.code !== undefined) return h("code", {}, found.code.trim() || found.code);
  if (found.src !== undefined) return anchor(found.src, found.alt || found.src);
  if (found.url !== undefined) return anchor(found.url, inline(found.label));
  if (found.bold !== undefined) return h("strong", {}, inline(found.bold));
  if (found.heavy !== undefined) return h("strong", {}, inline(found.heavy));
  if (found.struck !== undefined) return h("s", {}, inline(found.struck));
  if (found.italic !== undefined) return h("em", {}, inline(found.italic));
  if (found.slanted !== undefined) return h("em", {}, inline(found.slanted));
  return anchor(found.bare, found.bare);
}

// Markdown in one line, without its marks.
export function plain(source) {
  return source.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").replace(/[*_`~>]+/g, "").replace(/\s+/g, " ");
}
