// Keeps the overview's numbers fresh and chooses many letters at once; without this script every page works as it was loaded.
"use strict";

const watched = document.querySelector("[data-stream]");
if (watched && "EventSource" in window) {
  const texts = new Map([...document.querySelectorAll("[data-live]")].map((place) => [place.dataset.live, place]));
  const dots = new Map([...document.querySelectorAll("[data-good]")].map((place) => [place.dataset.good, place]));
  const link = document.getElementById("link");
  const newest = Number(document.querySelector("[data-newest]").dataset.newest);
  const say = (words) => { if (link.textContent !== words) link.textContent = words; };
  const stream = new EventSource(watched.dataset.stream);
  stream.onmessage = (event) => {
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
    say("live");
  };
  stream.onerror = () => say(stream.readyState === EventSource.CLOSED
    ? "no longer live: load the page again"
    : "the bridge does not answer, trying again");
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
