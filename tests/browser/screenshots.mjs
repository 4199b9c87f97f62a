// The pictures of the README: `node screenshots.mjs`.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { start, stop, visitor } from "./harness.mjs";
import { PUBLISHED, election, voterLink } from "./steps.mjs";

const FOLDER = join(import.meta.dirname, "../../docs/screenshots");
mkdirSync(FOLDER, { recursive: true });
await start();
try {
  await picture("overview", { width: 1280, height: 900 }, (page) => page.goto("/"));
  await picture("people", { width: 1280, height: 900 }, (page) => page.goto("/people"));
  await picture("ballot", { width: 375, height: 960 }, async (page) => {
    await page.goto(await voterLink());
    const up = page.getByRole("button", { name: /^Move .* up$/ });
    const down = page.getByRole("button", { name: /^Move .* down$/ });
    await up.nth(1).click();
    await up.nth(0).click();
    await down.nth(0).click();
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
  });
  await picture("results", { width: 1280, height: 900 }, async (page) => {
    await page.goto(`${await election(page, PUBLISHED)}/results`);
  });
} finally {
  await stop();
}

async function picture(name, size, open) {
  const { page, context } = await visitor(size);
  await open(page);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  await context.close();
  console.log(`${path}: ${Math.ceil(statSync(path).size / 1000)} kB`);
}
