// One demonstration and one browser for the whole suite, and pages that tell on
// themselves: an error on the console, a refusal by the Content-Security-Policy or a
// request to another host fails the claim it happens in.
//
// HUSTINGS_DEMO="http://127.0.0.1:8080 LOGIN PASSWORD" takes a demonstration that runs
// already instead of starting one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../..");

/** Where the demonstration is, and who may sign in. Filled by `start`. */
export const site = { url: "", login: "", password: "" };

let browser;
let server;
let data;

export async function start() {
  const chrome = chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--disable-gpu", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])],
  });
  const [launched] = await Promise.all([chrome, demonstrate()]);
  browser = launched;
}

export async function stop() {
  await browser?.close();
  if (!server) return;
  server.kill("SIGTERM");
  const [code] = await once(server, "exit");
  await rm(data, { recursive: true, force: true });
  assert.equal(code, 0, "the demonstration ends in peace when it is told to");
}

async function demonstrate() {
  if (process.env.HUSTINGS_DEMO) {
    [site.url, site.login, site.password] = process.env.HUSTINGS_DEMO.split(" ");
    return;
  }
  const address = `127.0.0.1:${await freePort()}`;
  // PostgreSQL runs as another user when we are root, and must be able to enter.
  data = await mkdtemp(join(tmpdir(), "hustings-browser-"));
  await chmod(data, 0o755);
  const { PATH, HOME, TMPDIR = tmpdir() } = process.env;
  const args = ["demo", "--listen", address, "--data-dir", data, "--log", "warn,hustings=info"];
  server = spawn("target/debug/hustings", args, {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = [];
  for await (const line of createInterface({ input: server.stderr })) {
    said.push(line);
    if (line.includes("listening")) break;
  }
  const who = said.join("\n").match(/as officer (\S+) with (\S+)/);
  assert.ok(who, `the demonstration did not start:\n${said.join("\n")}`);
  server.stderr.resume();
  Object.assign(site, { url: `http://${address}`, login: who[1], password: who[2] });
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** A browser of its own, as a visitor has one: no cookies, one window. */
export async function visitor({ width = 1280, height = 900, scheme = "light", javascript = true } = {}) {
  const context = await browser.newContext({
    baseURL: site.url,
    viewport: { width, height },
    colorScheme: scheme,
    javaScriptEnabled: javascript,
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
  });
  context.setDefaultTimeout(30_000);
  const complaints = [];
  context.on("console", (message) => {
    // A refused form answers 4xx with a page: Chromium calls that an error too.
    const refused = message.text().startsWith("Failed to load resource") && message.location().url === message.page()?.url();
    if (message.type() === "error" && !refused) complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(`${error.page()?.url()}: ${error.error()}`));
  // Nothing leaves: not in a test either.
  await context.route((url) => url.origin !== site.url, (route) => {
    complaints.push(`asked another host for ${route.request().url()}`);
    return route.abort();
  });
  return { context, page: await context.newPage(), complaints };
}

/** A test of something we say about the site: `body` gets a page that must have no complaints. */
export function claim(says, options, body) {
  test(says, { timeout: 120_000 }, async () => {
    const { context, page, complaints } = await visitor(options);
    try {
      await body(page, context, complaints);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  });
}

/** Clicks what leads to another page, and waits until that is there. */
export async function follow(page, control) {
  await Promise.all([page.waitForNavigation(), control.click()]);
}

/** The words of what a selector finds, blanks folded. */
export async function words(page, selector) {
  const all = await page.locator(selector).allInnerTexts();
  return all.map((text) => text.replace(/\s+/g, " ").trim());
}

/** Asks again until the answer is not empty, a bounded number of times. */
export async function until(ask, what) {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`${what}: not within a hundred tries`);
}
