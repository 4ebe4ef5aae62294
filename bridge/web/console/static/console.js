// Keeps the overview's numbers fresh and chooses many letters at once; without this script every page works as it was loaded.
"use strict";

const watched = document.querySelector("[data-stream]");
if (watched && "EventSource" in window) {
  const texts = new Map([...document.querySelectorAll("[data-live]")].map((place) => [place.dataset.live, place]));
  const dots = new Map([...document.querySelectorAll("[data-good]")].map((place) => [place.dataset.good, place]));
  const link = document.getElementById("link");
  const newest = Number(document.querySelector("[data-newest]").dataset.newest);
  const say = (words) => { if (link.textContent !== words) link.textContent = words; };
  let stream;
  const show = (event) => {
    const told = JSON.parse(event.data);
    for (const [name, text] of Object.entries(told.texts)) {
      const place = texts.get(name);
      if (place && place.textContent !== text) place.textContent = text;
    }
    for (const [name, good] of Object.entries(told.good)) {
      const dot = dots.get(name);
      if (dot) { dot.classList.toggle("good", good); dot.classList.toggle("bad", !good); }
    }
    document.getElementById("newer").hidden = !(told.newest > newest);
    document.getElementById("more").hidden = Object.keys(told.texts).every((name) => texts.has(name) || !/^(to|part)-/.test(name));
    say("live");
  };
  const listen = () => {
    stream = new EventSource(watched.dataset.stream);
    stream.onmessage = show;
    stream.onerror = () => say(stream.readyState === EventSource.CLOSED
      ? "no longer live: load the page again"
      : "the bridge does not answer, trying again");
  };
  // A browser has six connections to a host: pages in the background would keep them from the one that is looked at.
  document.addEventListener("visibilitychange", () => {
    if (stream) stream.close();
    if (!document.hidden) listen();
  });
  if (!document.hidden) listen();
}

const all = document.querySelector("[data-choose-all]");
if (all) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const boxes = [...document.querySelectorAll("input[type=checkbox][name=id]")];
    const checked = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = checked;
  });
}
