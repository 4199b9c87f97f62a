import assert from "node:assert/strict";
import { claim, follow, words } from "../harness.mjs";
import { VOTING, election, hasBallot, lookUp, receipt, voterLink } from "../steps.mjs";

/** Chooses, for the candidates in the order of this ballot; null leaves one alone. */
async function choose(page, choices) {
  const names = await page.locator(".cand").evaluateAll((cards) => cards.map((card) => card.dataset.name));
  for (const [i, choice] of choices.entries()) {
    if (choice) await page.getByLabel(`Rank of ${names[i]}`).selectOption(choice);
  }
  return names;
}

async function cast(page) {
  await follow(page, page.getByRole("button", { name: "Review ballot" }));
  assert.deepEqual(await words(page, "h1"), ["Is this what you mean?"]);
  await follow(page, page.getByRole("button", { name: "Cast this ballot" }));
  return receipt(page);
}

claim("without JavaScript a voter ranks, reads the ballot in words, casts, looks up the receipt and votes again", { javascript: false, width: 375 }, async (page) => {
  const here = await election(page, VOTING);
  const link = await voterLink();
  await page.goto(link);
  assert.ok(!page.url().includes("/vote/"), "the link's secret leaves the address at once");
  const names = await choose(page, ["2", "1", "2", { label: "no opinion" }]);
  await follow(page, page.getByRole("button", { name: "Review ballot" }));
  const [first, level, ...below] = await words(page, "ol.seats li");
  assert.deepEqual([first, below], [names[1], []]);
  const both = [names[0], names[2]];
  assert.ok([both, both.toReversed()].some((pair) => level === `${pair.join(" and ")} equally`), level);
  const [blanks] = await words(page, "section.card p");
  for (const name of names.slice(3)) assert.ok(blanks.includes(name), `${blanks} names ${name}`);

  await follow(page, page.getByRole("button", { name: "Change it" }));
  assert.equal(await page.getByLabel(`Rank of ${names[1]}`).inputValue(), "1", "the draft came back");
  const early = await cast(page);
  assert.match(await page.locator(".lead").innerText(), /Thank you for voting/);
  assert.equal(await lookUp(page, here, early), "In the box");

  await page.goto(link);
  assert.ok(await hasBallot(page));
  const shown = await page.locator(".cand select").evaluateAll((all) => all.map((select) => select.value));
  assert.ok(shown.every((value) => value === ""), "an earlier ranking is never shown");
  await choose(page, ["1", "2"]);
  const second = await cast(page);
  assert.match(await page.locator(".lead").innerText(), /replaced the one you cast before/);
  assert.notEqual(second, early);
  assert.equal(await lookUp(page, here, early), "Replaced");
  assert.equal(await lookUp(page, here, second), "In the box");
});

claim("a ballot without a rank is refused, one that prefers nobody is asked for twice", { javascript: false }, async (page) => {
  await page.goto(await voterLink());
  await follow(page, page.getByRole("button", { name: "Review ballot" }));
  assert.equal((await words(page, "[role=alert]")).length, 1);
  const names = await words(page, ".cand b");
  await choose(page, names.map(() => "1"));
  await follow(page, page.getByRole("button", { name: "Review ballot" }));
  await follow(page, page.getByRole("button", { name: "Cast this ballot" }));
  assert.equal((await words(page, "[role=alert]")).length, 1);
  await page.getByLabel(/all the same, type yes/).fill("Yes ");
  await follow(page, page.getByRole("button", { name: "Cast this ballot" }));
  await receipt(page);
});
