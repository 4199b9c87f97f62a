// Pleasantness, not function: every page works without this file.
"use strict";

// Times: UTC on the page, the reader's own zone on hover; visibly where a deadline is.
const local = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = local.format(at);
  const elsewhere = at.getTimezoneOffset() !== 0;
  if (elsewhere && time.closest(".deadline")) time.after(` (${local.format(at)} for you)`);
}

// The phone's menu closes with Escape and gives the focus back.
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Charts: a tip for each period by pointer and by arrow keys; dragging over a range,
// or Enter on a period, shows that range.
for (const figure of document.querySelectorAll("figure.chart")) {
  const drawing = figure.querySelector("svg.wide");
  const slots = drawing ? [...drawing.querySelectorAll(".hit")] : [];
  if (slots.length) enliven(figure, drawing, slots);
}

function enliven(figure, drawing, slots) {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  figure.append(tip);
  for (const slot of slots) {
    const title = slot.querySelector("title");
    slot.dataset.words = title.textContent;
    title.remove();
  }
  drawing.setAttribute("tabindex", "0");
  drawing.setAttribute("focusable", "true");
  let at = -1;
  let pressed = -1;

  function mark(from, to) {
    slots.forEach((slot, i) => slot.classList.toggle("on", i >= Math.min(from, to) && i <= Math.max(from, to)));
  }
  function show(i) {
    at = Math.max(0, Math.min(slots.length - 1, i));
    mark(pressed < 0 ? at : pressed, at);
    tip.textContent = slots[at].dataset.words;
    tip.hidden = false;
    const slot = slots[at].getBoundingClientRect();
    const frame = figure.getBoundingClientRect();
    const middle = slot.left + slot.width / 2 - frame.left - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(0, Math.min(frame.width - tip.offsetWidth, middle))}px`;
    tip.style.top = `${Math.max(0, slot.top - frame.top)}px`;
  }
  function hide() {
    at = pressed = -1;
    mark(-1, -1);
    tip.hidden = true;
  }
  function zoom(from, to) {
    const address = new URL(location.href);
    address.searchParams.set("from", slots[Math.min(from, to)].dataset.from);
    address.searchParams.set("to", slots[Math.max(from, to)].dataset.to);
    address.searchParams.delete("by");
    address.searchParams.delete("page");
    location.assign(address);
  }

  drawing.addEventListener("pointermove", (event) => {
    const i = slots.indexOf(event.target);
    if (i >= 0) show(i);
  });
  drawing.addEventListener("pointerdown", (event) => { pressed = slots.indexOf(event.target); });
  drawing.addEventListener("pointerup", (event) => {
    const i = slots.indexOf(event.target);
    if (pressed >= 0 && i >= 0 && i !== pressed) zoom(pressed, i);
    pressed = -1;
  });
  drawing.addEventListener("pointerleave", hide);
  drawing.addEventListener("blur", hide);
  drawing.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: slots.length - 1 }[event.key];
    if (to !== undefined) show(to);
    else if (event.key === "Escape") hide();
    else if (event.key === "Enter" && at >= 0) zoom(at, at);
    else return;
    event.preventDefault();
  });
}
