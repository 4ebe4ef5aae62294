// What is promised, and what this page has counted at both ends.

import { count, h, icon, keyed } from "./dom.js";
import { on, section } from "./stream.js";

const PATIENCE = 60_000; // as long as a gate waits at most between two probes

export function promise() {
  const tiles = h("div", { class: "tiles" });
  let mark = "";
  let since = Date.now();
  const draw = () => {
    const both = section("promise");
    if (!both) return;
    const way = both.in.under_way + both.out.under_way;
    const fair = section("health")?.ready && !Object.values(section("troubles") ?? {}).some(Boolean);
    // Stuck is what does not get less while nothing hinders it.
    const now = `${way} ${both.in.arrived + both.out.arrived} ${fair}`;
    if (now !== mark) since = Date.now();
    mark = now;
    const stuck = Boolean(fair) && way > 0 && Date.now() - since > PATIENCE;
    keyed(tiles, invariants(both.in, both.out, stuck), (one) => one.name, tile);
  };
  on("promise", draw);
  setInterval(draw, 2000);
  return h("div", { class: "card" },
    h("h3", {}, "What is promised ", h("small", {}, "counted by this page, at both ends")), tiles);
}

function invariants(into, out, stuck) {
  const sum = (name) => into[name] + out[name];
  const sent = sum("sent") - sum("untold") - sum("skipped");
  const way = sum("under_way");
  const also = [way && `${way} under way`, sum("dead") && count(sum("dead"), "dead letter"), sum("untold") && `${sum("untold")} never told to the bridge`];
  return [
    {
      name: "no-loss",
      holds: sum("lost") === 0,
      said: `${sum("arrived")} / ${sent} arrived`,
      detail: sum("lost") ? `${sum("lost")} lost` : also.filter(Boolean).join(", ") || "none lost",
      means: "What was accepted is delivered, or stands as a dead letter with its reason.",
    },
    {
      name: "in-order",
      holds: sum("disorder") === 0,
      said: sum("disorder") ? `${sum("disorder")} overtaken` : "None overtaken",
      detail: `→ ${into.arrived}   ← ${out.arrived}`,
      means: "Within a conversation and direction, messages arrive in the order accepted.",
    },
    {
      name: "no-double",
      holds: sum("unexplained") === 0,
      said: sum("doubles") ? `${count(sum("doubles"), "double")}` : "No doubles",
      detail: sum("suspects") ? `${count(sum("suspects"), "suspect")} counted` : "no suspects",
      means: "A message comes twice only if its answer was lost, and then it was counted as a suspect.",
    },
    {
      name: "converges",
      holds: !stuck,
      waits: way > 0,
      said: way ? `${way} ${stuck ? "stuck" : "under way"}` : "Nothing waits",
      detail: way ? `→ ${into.under_way}   ← ${out.under_way}` : "all settled",
      means: "With both ends up, every backlog drains by itself.",
    },
  ];
}

function tile({ name, holds, waits, said, detail, means }) {
  return h("div", { class: `tile ${holds ? "" : "broken"}`, title: means },
    h("div", { class: "promise-name" }, icon(holds ? (waits ? "clock" : "check") : "cross", holds ? (waits ? "in progress" : "holds") : "broken"), name),
    h("strong", {}, said), h("small", {}, detail));
}
