import assert from "node:assert/strict";
import { claim, follow, words } from "../harness.mjs";

const DAY = 24 * 60 * 60 * 1000;
const day = (ago) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
const number = (text) => Number(text.replace(/\D/g, ""));

claim("a newcomer filters a window, follows a person to the facts, goes back and takes the data along", {}, async (page) => {
  await page.goto("/");
  const from = day(240);
  await page.getByRole("textbox", { name: "From" }).fill(from);
  await page.getByRole("textbox", { name: "To" }).fill(day(150));
  await follow(page, page.getByRole("button", { name: "Show" }));
  const filtered = page.url();
  assert.ok(filtered.includes(`from=${from}`), filtered);

  const row = page.locator("section", { hasText: "All people" }).locator("tbody tr").nth(4);
  const listed = number(await row.locator("td").last().innerText());
  const person = row.getByRole("link");
  const login = await person.innerText();
  await follow(page, person);
  assert.deepEqual(await words(page, "h1"), [login]);
  assert.equal(number(await page.locator("#total").innerText()), listed);
  assert.equal(await countFacts(page), listed, "every one of them is listed");

  await page.goto(filtered);
  await follow(page, page.getByRole("link", { name: login }));
  await page.goBack();
  assert.equal(page.url(), filtered);
  assert.equal(await page.getByRole("textbox", { name: "From" }).inputValue(), from);

  await follow(page, page.getByRole("link", { name: "All people" }));
  const onPage = (await words(page, "#people tbody td:nth-child(3)")).map(number);
  const [csv, json] = [await download(page, "CSV"), JSON.parse(await download(page, "JSON"))];
  const lines = csv.trim().split("\r\n").map((line) => line.split(","));
  const at = lines[0].indexOf("contributions");
  const inCsv = lines.slice(1).map((line) => Number(line[at]));
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  assert.equal(sum(json.people.map((one) => one.contributions)), sum(inCsv));
  assert.deepEqual(inCsv.slice(0, onPage.length), onPage);
});

/** Counts the rows of the facts over all pages of the list. */
async function countFacts(page) {
  let facts = 0;
  for (;;) {
    facts += await page.locator("#facts tbody tr").count();
    const next = page.getByRole("link", { name: "Next" });
    if (!(await next.count())) return facts;
    await follow(page, next);
  }
}

async function download(page, format) {
  const link = page.locator(".formats").getByRole("link", { name: format });
  const address = await link.getAttribute("href");
  const answer = await page.request.get(address);
  assert.equal(answer.status(), 200);
  return answer.text();
}
