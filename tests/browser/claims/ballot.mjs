import assert from "node:assert/strict";
import { claim, follow, words } from "../harness.mjs";
import { VOTING, election, lookUp, receipt, voterLink } from "../steps.mjs";

const rows = (page) => page.locator(".cand").evaluateAll((cards) => cards.map((card) => card.dataset.name));
const summary = async (page) => (await words(page, "[aria-live=polite]"))[0];
const focused = (page) => page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim());

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${name}`);
}

claim("the arrows change ranks in place, say so, and keep the focus; the order changes when asked", { width: 375 }, async (page) => {
  await page.goto(await voterLink());
  const names = await rows(page);
  const third = page.getByRole("button", { name: `Move ${names[2]} up` });
  await third.scrollIntoViewIfNeeded();
  const place = await third.boundingBox();
  await third.click();
  assert.equal(await focused(page), `Move ${names[2]} up`);
  assert.deepEqual(await rows(page), names, "no row jumped");
  assert.deepEqual(await third.boundingBox(), place, "the button is still under the finger");
  assert.match(await summary(page), new RegExp(`^${names[2]} has rank 1\\. ${names[2]}`));

  const first = page.getByRole("button", { name: `Move ${names[0]} down` });
  await first.click();
  assert.match(await summary(page), new RegExp(`^${names[0]} has rank ${names.length}\\. ${names[2]}, then ${names[0]}; `));

  await page.getByRole("button", { name: "Put in order" }).click();
  const rest = names.filter((name) => name !== names[0] && name !== names[2]);
  assert.deepEqual(await rows(page), [names[2], names[0], ...rest]);
  assert.equal(await focused(page), "Put in order");
});

claim("what has the focus is never under the summary that stays in view", { width: 375, height: 667 }, async (page) => {
  await page.goto(await voterLink());
  await page.getByRole("button", { name: /^Move .* up$/ }).first().click();
  const inSight = () => {
    const { left, top, width, height } = document.activeElement.getBoundingClientRect();
    const seen = document.elementFromPoint(left + width / 2, top + height / 2);
    return document.activeElement.contains(seen) || document.activeElement === document.body;
  };
  const hidden = [];
  for (const key of [...Array(30).fill("Tab"), ...Array(30).fill("Shift+Tab")]) {
    await page.keyboard.press(key);
    if (!(await page.evaluate(inSight))) hidden.push(await focused(page));
  }
  assert.deepEqual(hidden, []);
});

claim("the keyboard alone casts a ballot", {}, async (page) => {
  await page.goto(await voterLink());
  const names = await rows(page);
  await tabTo(page, `Move ${names[1]} up`);
  await page.keyboard.press("Enter");
  await tabTo(page, `Move ${names[3]} down`);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), `Move ${names[3]} down`);
  await tabTo(page, "Review ballot");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.deepEqual(await words(page, "ol.seats b"), [names[1], names[3]]);
  await tabTo(page, "Cast this ballot");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await receipt(page);
});

claim("casting, going back and casting again leaves one ballot in the box", {}, async (page) => {
  const here = await election(page, VOTING);
  await page.goto(await voterLink());
  const cast = async () => {
    await page.getByRole("button", { name: /^Move .* up$/ }).first().click();
    await follow(page, page.getByRole("button", { name: "Review ballot" }));
    await follow(page, page.getByRole("button", { name: "Cast this ballot" }));
    return receipt(page);
  };
  const first = await cast();
  // To the form, not to the review: its answer to a form is not kept.
  await page.evaluate(() => history.go(-2));
  await page.waitForURL("**/ballot");
  const second = await cast();
  assert.match(await page.locator(".lead").innerText(), /replaced the one you cast before/);
  assert.deepEqual([await lookUp(page, here, first), await lookUp(page, here, second)], ["Replaced", "In the box"]);
});
