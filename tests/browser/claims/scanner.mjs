// A mail scanner that runs scripts, presses whatever can be pressed and sends every
// form as it finds it. It knows nothing, so it types nothing.
import assert from "node:assert/strict";
import { claim, visitor } from "../harness.mjs";
import { hasBallot, voterLink } from "../steps.mjs";

const CONTROLS = "button, input:not([type=hidden]), select, textarea, summary, [role=button]";

/** Clicks one control, and waits for the page that may follow. */
async function press(page, control) {
  await control.click({ timeout: 2_000 });
  await page.waitForLoadState();
}

/** Presses each control of a page, every time on the page as it was opened. */
async function pressEachAlone(page, link) {
  await page.goto(link);
  const most = await page.locator(CONTROLS).count();
  for (let i = 0; i < most; i += 1) {
    await page.goto(link);
    await press(page, page.locator(CONTROLS).nth(i));
  }
  return most;
}

/** Presses all controls one after the other, going on with whatever page that leads to. */
async function pressAll(page, link) {
  await page.goto(link);
  // The ballot, its review, and wherever that leads.
  for (let pages = 0; pages < 3; pages += 1) {
    const here = await page.locator("h1").innerText();
    for (let i = 0; i < (await page.locator(CONTROLS).count()); i += 1) {
      const control = page.locator(CONTROLS).nth(i);
      if (!(await control.isVisible())) continue;
      await press(page, control);
      if ((await page.locator("h1").innerText()) !== here) break;
    }
  }
}

/** Sends each form as it came, past its buttons. */
async function submitEach(page, link) {
  await page.goto(link);
  const most = await page.locator("form").count();
  for (let i = 0; i < most; i += 1) {
    await page.goto(link);
    await Promise.all([page.waitForNavigation(), page.locator("form").nth(i).evaluate((form) => form.submit())]);
  }
  return most;
}

for (const javascript of [true, false]) {
  claim(`a scanner ${javascript ? "with" : "without"} JavaScript opens, presses and submits everything: no ballot`, { javascript }, async (page) => {
    const link = await voterLink();
    assert.ok((await pressEachAlone(page, link)) > 5);
    assert.ok((await submitEach(page, link)) > 0);
    await pressAll(page, link);
    const voter = await visitor();
    await voter.page.goto(link);
    assert.equal(await hasBallot(voter.page), false);
    await voter.context.close();
  });
}
