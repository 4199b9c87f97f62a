// What people do on the way to what a claim is about.
import assert from "node:assert/strict";
import { follow, site, until, visitor, words } from "./harness.mjs";

export const NOMINATING = "Nominations open";
export const VOTING = "Voting open";
export const PUBLISHED = "Result published";
const IN_THE_BOX = "A ballot of yours is in the box.";

/** The address of the election whose chip says this. */
export async function election(page, chip) {
  await page.goto("/elections");
  const line = page.locator("article.election", { has: page.locator(".state", { hasText: chip }) }).first();
  return line.locator("h3 a").getAttribute("href");
}

/** The text of a page, fetched as the page's browser would but not drawn. */
async function fetched(page, address) {
  const answer = await page.request.get(address);
  assert.equal(answer.status(), 200, address);
  return answer.text();
}

/** The addresses of the mails with such a subject, newest first. */
async function mailsAbout(page, subject) {
  const list = await fetched(page, "/demo/mails");
  const links = [...list.matchAll(/href="(\/demo\/mails\/\d+)">([^<]*)</g)];
  return links.filter(([, , words]) => words.includes(subject)).map(([, address]) => address);
}

/** Opens the newest mail with such a subject that is to this login, or to anyone. */
export async function openMail(page, subject, login = "") {
  const found = async () => {
    for (const address of await mailsAbout(page, subject)) {
      if ((await fetched(page, address)).includes(login && `@${login} is on the roll`)) return address;
    }
    return null;
  };
  await page.goto(await until(found, `a mail to ${login || "anyone"}: ${subject}`));
}

const taken = new Set();

/** The link of a voter who has not voted, a different one each time. */
export async function voterLink() {
  const { context, page } = await visitor();
  try {
    for (const address of await mailsAbout(page, "Your ballot")) {
      if (taken.has(address)) continue;
      taken.add(address);
      const [, link] = (await fetched(page, address)).match(/href="([^"]*\/vote\/[^"]*)"/);
      if (!(await fetched(page, link)).includes(IN_THE_BOX)) return link;
    }
  } finally {
    await context.close();
  }
  return assert.fail("everybody has voted");
}

/** Whether the ballot page that is open says that one is in the box. */
export async function hasBallot(page) {
  assert.deepEqual(await words(page, "h1"), ["Your ballot"]);
  return (await page.getByText(IN_THE_BOX).count()) > 0;
}

/** The receipt on the page after casting. */
export async function receipt(page) {
  assert.deepEqual(await words(page, "h1"), ["Your ballot is in the box"]);
  const [code] = await words(page, ".receipt code");
  return code.replaceAll(" ", "");
}

/** What the election's page says about a receipt. */
export async function lookUp(page, election, receipt) {
  await page.goto(`${election}/receipt`);
  await page.getByLabel("Your receipt").fill(receipt);
  await follow(page, page.getByRole("button", { name: "Look it up" }));
  return (await words(page, "[role=status] h2"))[0];
}

/** Logins of people on the roll who do not stand, those with most contributions first. */
export async function electorate(page, election) {
  await page.goto(election);
  const standing = (await words(page, ".cards p")).join(" ");
  const asked = [];
  for (const address of await mailsAbout(page, "You have been nominated")) {
    asked.push(await fetched(page, address));
  }
  await page.goto("/people?min=100");
  const logins = await words(page, "#people td:nth-child(2) a");
  return logins.filter((login) => ![standing, ...asked].some((text) => text.includes(`@${login}`)));
}

/** One person of the roll names another, who is then on the page of their mailed link. */
export async function nominate(page, election, nominee, by) {
  await page.goto(election);
  await follow(page, page.getByRole("link", { name: "Nominate somebody" }));
  await page.getByLabel("GitHub login of the nominee").fill(nominee);
  await page.getByLabel("Your own GitHub login").fill(by);
  await follow(page, page.getByRole("button", { name: "Send the nomination" }));
  assert.deepEqual(await words(page, "h1"), ["Thank you: they have been asked"]);
  await openMail(page, "You have been nominated", nominee);
  assert.match(await page.locator("main").innerText(), new RegExp(`${by} nominated you, @${nominee}\\b`));
  await follow(page, page.getByRole("link", { name: "Follow the link" }));
}

/** The nominee accepts on that page. */
export async function accept(page, name, employer, statement) {
  await page.getByLabel("Your name on the ballot").fill(name);
  await page.getByLabel("Your employer").fill(employer);
  await page.getByLabel("Your statement").fill(statement);
  await follow(page, page.getByRole("button", { name: "Accept and stand" }));
}

/** Signs in as the demonstration's officer. */
export async function signIn(page) {
  await page.goto("/sign-in");
  await page.getByLabel("Login").fill(site.login);
  await page.getByLabel("Password").fill(site.password);
  await follow(page, page.getByRole("button", { name: "Sign in" }));
  assert.deepEqual(await words(page, "h1"), ["Officers’ desk"]);
}
