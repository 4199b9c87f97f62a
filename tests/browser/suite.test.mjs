// One process, one demonstration, one browser: starting them takes most of the time.
import { after, before, describe } from "node:test";
import { start, stop } from "./harness.mjs";

const CLAIMS = ["access", "standing", "voting", "ballot", "scanner", "result", "dashboards"];

describe("in a browser", { concurrency: 3 }, async () => {
  before(start, { timeout: 180_000 });
  after(stop, { timeout: 30_000 });
  for (const about of CLAIMS) await import(`./claims/${about}.mjs`);
});
