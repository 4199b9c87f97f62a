import assert from "node:assert/strict";
import { claim, follow, words } from "../harness.mjs";
import { NOMINATING, accept, election, electorate, nominate } from "../steps.mjs";

claim("without JavaScript a nominee is asked by mail, accepts and stands on the election's page", { javascript: false }, async (page) => {
  const here = await election(page, NOMINATING);
  const [by, nominee] = await electorate(page, here);
  await nominate(page, here, nominee, by);
  assert.match((await words(page, "h1"))[0], /^Will you stand for /);

  await page.goto(here);
  assert.equal(await page.getByText(`@${nominee}`).count(), 0, "nobody is public before accepting");
  await page.goBack();

  await accept(page, "Ada Example", "Example Works", "I will **answer** every mail.");
  assert.match((await words(page, "h1"))[0], /^You stand for /);
  assert.deepEqual(await words(page, ".note .prose strong"), ["answer"], "the nominee sees what voters read");

  await page.goto(here);
  const card = page.locator(".cards li", { hasText: "Ada Example" });
  assert.equal(await card.locator("p").innerText(), `Example Works · @${nominee}`);
  await follow(page, card.getByRole("link"));
  assert.deepEqual(await words(page, ".prose"), ["I will answer every mail."]);
  assert.match(await page.locator("main .foot").innerText(), new RegExp(`@${by}`));
});

claim("a link in a statement tells the other site nothing about where its reader was", {}, async (page, context, complaints) => {
  const here = await election(page, NOMINATING);
  const [by, nominee] = (await electorate(page, here)).slice(-2);
  await nominate(page, here, nominee, by);
  await accept(page, "Grace Example", "Independent", "My [notes](https://notes.example/mine) are public.");
  const asked = [];
  await context.route("https://notes.example/**", (route) => {
    asked.push(route.request().headers());
    return route.fulfill({ contentType: "text/html", body: "<title>notes</title>" });
  });
  // From the nominee's own page, whose address is a secret, and from the public one.
  for (const link of ["main .note a[href^=https]", "main .prose a[href^=https]"]) {
    await Promise.all([page.waitForURL("https://notes.example/mine"), page.locator(link).click()]);
    await page.goBack();
    if (asked.length === 1) await follow(page, page.getByRole("link", { name: "Your page" }));
  }
  assert.equal(asked.length, 2);
  assert.deepEqual(asked.map((headers) => headers.referer), [undefined, undefined]);
  assert.deepEqual(complaints, []);
});
