// Every page: nothing that axe knows to be wrong, and nothing wider than a phone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { claim, follow, words } from "../harness.mjs";
import { NOMINATING, PUBLISHED, VOTING, election, openMail, receipt, signIn, voterLink } from "../steps.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What is wrong with the page that is open, a line for each thing. */
async function faults(page, name) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async (rules) => {
    const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.failureSummary}`));
  }, RULES);
  return [...found, ...(await tooWide(page))].map((fault) => `${name}: ${fault}`);
}

/** On a phone: whether the page scrolls sideways at 320 px, and what sticks out. */
async function tooWide(page) {
  const before = page.viewportSize();
  if (before.width > 375) return [];
  await page.setViewportSize({ width: 320, height: 640 });
  const sticksOut = await page.evaluate(() => {
    if (document.documentElement.scrollWidth <= 320) return [];
    const scrolls = (e) => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > 320 && !scrolls(e.parentElement));
    return [`is ${document.documentElement.scrollWidth} px wide at 320: ${wide.slice(-1).map((e) => e.outerHTML.slice(0, 120))}`];
  });
  await page.setViewportSize(before);
  return sticksOut;
}

const DASHBOARDS = [
  "/", "/people", "/people?min=1000000", "/people?from=yesterday", "/repositories", "/groups", "/data", "/data?org=lantern-dev", "/data?from=2016-01-01", "/data/2016-01-01T01", "/definitions", "/api",
  "/search", "/search?q=lantern", "/search?q=qqqq", "/poeple",
];
const electoral = (slug) => [
  "/elections", "/sign-in", "/demo/mails", "/vote/nothing",
  ...[NOMINATING, VOTING, PUBLISHED].map(slug),
  `${slug(NOMINATING)}/nominate`, `${slug(VOTING)}/results`, `${slug(PUBLISHED)}/results`,
  `${slug(VOTING)}/receipt`, `${slug(VOTING)}/receipt?leaf=${"0".repeat(64)}`,
];
const officers = (slug) => [
  "/officer", "/officer/claims", "/officer/people", "/officer/bots", "/elections/new", ...[NOMINATING, VOTING, PUBLISHED].map((chip) => `${slug(chip)}/manage`), slug(NOMINATING),
];

for (const options of [{ width: 1280, scheme: "light" }, { width: 375, scheme: "dark" }]) {
  const how = `${options.scheme} at ${options.width} px`;

  claim(`nothing stands in a newcomer's way, ${how}`, options, async (page) => {
    const found = await faultsOf(page, DASHBOARDS);
    await page.goto("/people");
    await follow(page, page.locator("#people tbody a").first());
    found.push(...(await faults(page, "a person")));
    await follow(page, page.getByRole("link", { name: "Say where they worked" }));
    found.push(...(await faults(page, "a claim")));
    await follow(page, page.getByRole("button", { name: "Let an officer decide" }));
    found.push(...(await faults(page, "an empty claim, refused")));
    await page.getByLabel("Company").fill("Lantern & Sons");
    await page.getByLabel("First day").fill("2020-01-31");
    await page.getByLabel("How can an officer see").fill("my public profile");
    await follow(page, page.getByRole("button", { name: "Let an officer decide" }));
    found.push(...(await faults(page, "a claim that waits")));
    assert.deepEqual(found, []);
  });

  claim(`nothing stands in a contributor's way, ${how}`, options, async (page) => {
    const slug = await slugs(page);
    const found = await faultsOf(page, electoral(slug));
    await page.goto(slug(PUBLISHED));
    await follow(page, page.locator(".cards a").first());
    found.push(...(await faults(page, "a candidate")));
    await openMail(page, "Your ballot");
    found.push(...(await faults(page, "a mail")));
    assert.deepEqual(found, []);
  });

  claim(`nothing stands in a voter's way, ${how}`, options, async (page) => {
    const found = [];
    const look = async (name) => found.push(...(await faults(page, name)));
    const press = (name) => follow(page, page.getByRole("button", { name }));
    await page.goto(await voterLink());
    await look("the ballot");
    await press("Review ballot");
    await look("the empty ballot, refused");
    const names = await words(page, ".cand b");
    for (const name of names) await page.getByLabel(`Rank of ${name}`).selectOption("1");
    await press("Review ballot");
    await look("the review of an all-equal ballot");
    await press("Cast this ballot");
    await look("the same, refused");
    await press("Change it");
    await page.getByLabel(`Rank of ${names[0]}`).selectOption("2");
    await press("Review ballot");
    await look("the review");
    await press("Cast this ballot");
    await receipt(page);
    await look("the counted page");
    await page.goto("/ballot");
    await look("the ballot again");
    await openMail(page, "You have been nominated");
    await follow(page, page.getByRole("link", { name: "Follow the link" }));
    await look("the nominee's form");
    await page.getByLabel("Your statement").fill("");
    await press(/Accept and stand|Save/);
    await look("the nominee's form, refused");
    assert.deepEqual(found, []);
  });

  claim(`nothing stands in an officer's way, ${how}`, options, async (page) => {
    const slug = await slugs(page);
    await signIn(page);
    const found = await faultsOf(page, officers(slug));
    await page.goto("/elections/new");
    await follow(page, page.getByRole("button", { name: "Store the draft" }));
    found.push(...(await faults(page, "the new election, refused")));
    assert.deepEqual(found, []);
  });
}

/** What is wrong with the pages at these addresses. */
async function faultsOf(page, paths) {
  const found = [];
  for (const path of paths) {
    await page.goto(path);
    found.push(...(await faults(page, path)));
  }
  return found;
}

/** The address of the election in each state. */
async function slugs(page) {
  const known = {};
  for (const chip of [NOMINATING, VOTING, PUBLISHED]) known[chip] = await election(page, chip);
  return (chip) => known[chip];
}

claim("a ballot weighs at most 60 kB with all it loads", {}, async (page) => {
  const link = await voterLink();
  const weights = new Map();
  page.on("response", (response) => weights.set(response.url(), response.body().catch(() => Buffer.alloc(0))));
  await page.goto(link, { waitUntil: "networkidle" });
  const sizes = await Promise.all([...weights.values()].map(async (body) => (await body).length));
  const sum = sizes.reduce((a, b) => a + b, 0);
  assert.ok(sizes.length >= 4, "the page, its style and two scripts were weighed");
  assert.ok(sum <= 60_000, `${sum} bytes: ${[...weights.keys()]}`);
});
