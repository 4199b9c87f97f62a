import { start, stop, visitor, follow } from "./harness.mjs";
import { voterLink } from "./steps.mjs";
await start();
const out = "/tmp/browser-work/shots";
for (const [w, scheme] of [[1280, "light"], [1280, "dark"], [375, "light"], [375, "dark"]]) {
  const { page } = await visitor({ width: w, scheme });
  const take = (n) => page.screenshot({ path: `${out}/${n}-${w}-${scheme}.png`, fullPage: true });
  for (const [n, p] of [["overview", "/"], ["people", "/people"], ["election", "/elections/technical-oversight"], ["results", "/elections/steering/results"], ["person", "/people/lunar-harbor"], ["data", "/data"], ["elections", "/elections"], ["nominate", "/elections/technical-oversight/nominate"]]) {
    await page.goto(p); await take(n);
  }
  await page.goto("/people/frosty-gecko"); await page.screenshot({ path: `${out}/gecko-${w}-${scheme}.png` , clip: {x:0,y:0,width:w,height:2000}, fullPage: true});
  const link = await voterLink();
  await page.goto(link);
  await page.getByRole("button", { name: /up$/ }).nth(1).click();
  await take("ballot");
  await page.screenshot({ path: `${out}/ballotview-${w}-${scheme}.png`});
  await follow(page, page.getByRole("button", { name: "Review ballot" })); await take("review");
  await follow(page, page.getByRole("button", { name: "Cast this" })); await take("counted");
  await page.goto("/sign-in"); await take("signin");
}
await stop();
