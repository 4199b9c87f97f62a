import assert from "node:assert/strict";
import { claim, follow, words } from "../harness.mjs";
import { PUBLISHED, election } from "../steps.mjs";

claim("the result names the winners in a sentence, shows every pair and says the same as data", { javascript: false }, async (page) => {
  await page.goto(await election(page, PUBLISHED));
  await follow(page, page.getByRole("link", { name: "See the result" }));
  const winners = await words(page, "ol.seats li b");
  const [sentence] = await words(page, "h1");
  assert.equal(winners.length, 3);
  for (const name of winners) assert.ok(sentence.includes(name), `${sentence} names ${name}`);

  const columns = await words(page, "table.duels thead th");
  assert.deepEqual(columns.slice(0, 3), winners);
  const cell = (row, column) => page.locator(`table.duels tbody tr:nth-child(${row + 1}) td:nth-child(${column + 2})`).innerText();
  const loser = columns.length - 1;
  const [won, lost] = [await cell(0, loser), await cell(loser, 0)];
  assert.match(won, /^\d+ ✓/);
  assert.match(lost, /^\d+$/);
  assert.ok(parseInt(won, 10) > parseInt(lost, 10));

  const json = await page.getByRole("link", { name: "JSON" }).getAttribute("href");
  assert.deepEqual((await (await page.request.get(json)).json()).winners, winners);
});
