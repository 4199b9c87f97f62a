// Makes the ballot pleasant; without it every control still works. Rows do not
// jump: they move only when "Put in order" is pressed.
(() => {
  const form = document.querySelector("form.ballot");
  if (!form) return;
  const list = form.querySelector(".cands");
  const cards = () => [...list.children];
  const words = form.querySelector(".words");
  const say = words.dataset;
  const most = Number(form.dataset.candidates);
  const control = (card) => card.querySelector("select");
  const rank = (card) => Number(control(card).value) || 0;
  const fill = (text, values) => text.replace(/%\{(\w+)\}/g, (_, key) => values[key]);

  function join(names) {
    return names.length < 2 ? names.join("") : names.slice(0, -1).join(", ") + " " + say.and + " " + names.at(-1);
  }

  function summarise() {
    const places = new Map();
    for (const card of cards()) {
      if (rank(card)) places.set(rank(card), [...(places.get(rank(card)) || []), card.dataset.name]);
    }
    const inOrder = [...places.keys()].sort((a, b) => a - b).map((r) => {
      const names = places.get(r);
      return names.length > 1 ? join(names) + " " + say.equally : names[0];
    });
    const named = (value) => cards().filter((c) => control(c).value === value).map((c) => c.dataset.name);
    const parts = [];
    if (inOrder.length) parts.push(inOrder.join(", " + say.then + " "));
    const left = named("");
    if (left.length && inOrder.length) parts.push((left.length > 2 ? left.length : join(left)) + " " + say.notRanked);
    if (named("none").length) parts.push(say.noOpinion + " " + join(named("none")));
    words.textContent = parts.length ? parts.join("; ") + "." : say.none;
  }

  function move(card, by) {
    const now = rank(card);
    const next = now ? Math.min(most, Math.max(1, now + by)) : by < 0 ? 1 : most;
    control(card).value = String(next);
    summarise();
    words.textContent = fill(say.moved, { name: card.dataset.name, rank: next }) + ". " + words.textContent;
  }

  for (const card of cards()) {
    const moves = card.querySelector(".moves");
    for (const [sign, by, label] of [["↑", -1, say.up], ["↓", 1, say.down]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = sign;
      button.setAttribute("aria-label", fill(label, { name: card.dataset.name }));
      button.addEventListener("click", () => move(card, by));
      moves.append(button);
    }
    moves.hidden = false;
    control(card).addEventListener("change", summarise);
  }

  const order = form.querySelector(".order");
  const sort = document.createElement("button");
  sort.type = "button";
  sort.className = "quiet";
  sort.textContent = say.sort;
  sort.addEventListener("click", () => {
    const place = (card) => rank(card) || (control(card).value === "none" ? most + 2 : most + 1);
    const focused = document.activeElement;
    cards().sort((a, b) => place(a) - place(b)).forEach((card) => list.append(card));
    focused.focus();
  });
  order.append(sort);
  order.hidden = false;
  summarise();
})();
