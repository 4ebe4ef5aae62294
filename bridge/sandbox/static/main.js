// Puts the page together.

import { bridge } from "./bridge.js";
import { desk } from "./desk.js";
import { phone } from "./phone.js";
import { connect } from "./stream.js";

const panes = { phone, bridge, desk };
for (const [name, build] of Object.entries(panes)) build(document.getElementById(name));
connect(document.getElementById("link"));

// On a narrow screen one pane is seen at a time.
const tabs = [...document.querySelectorAll('[role="tab"]')];
for (const tab of tabs) {
  tab.addEventListener("click", () => turnTo(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[key];
    if (step) turnTo(tabs[(tabs.indexOf(tab) + step) % tabs.length]).focus();
  });
}

function turnTo(wanted) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === wanted));
    tab.tabIndex = tab === wanted ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).classList.toggle("shown", tab === wanted);
  }
  return wanted;
}
