// How a message stands, as a small mark with words behind it.

import { h, icon } from "./dom.js";

const MARKS = {
  held: ["clock", "waits outside the bridge", "quiet"],
  kept: ["tick", "safe in the bridge's journal", "quiet"],
  sending: ["tick", "being sent", "quiet"],
  there: ["ticks", "arrived", "good"],
  skipped: ["tick", "not carried on purpose", "quiet"],
  dead: ["alert", "a dead letter", "bad"],
  untold: ["alert", "Tiledesk gave up telling the bridge about it", "bad"],
  lost: ["alert", "lost: this must never happen", "bad"],
};

export function mark({ fate, reason }, far) {
  if (!fate) return null;
  const [sign, words, tone] = MARKS[fate] ?? MARKS.held;
  const told = fate === "there" ? `${words} ${far}` : reason ? `${words}: ${reason}` : words;
  return h("span", { class: `mark ${tone}` }, icon(sign, told));
}

// What is worth a line of its own below a message.
export function trouble({ fate, reason }) {
  if (fate === "dead") return `Not delivered: ${reason}`;
  if (fate === "lost") return "Lost. This must never happen.";
  if (fate === "untold") return "Tiledesk called three times in vain, then gave up: the bridge does not know of it.";
  return "";
}
