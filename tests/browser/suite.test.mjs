// One process, one demonstration, one browser: starting them takes most of the time.
import { after, before } from "node:test";
import { start, stop } from "./harness.mjs";

before(start, { timeout: 180_000 });
after(stop, { timeout: 30_000 });

await import("./claims/standing.mjs");
await import("./claims/voting.mjs");
await import("./claims/ballot.mjs");
await import("./claims/scanner.mjs");
await import("./claims/result.mjs");
await import("./claims/dashboards.mjs");
await import("./claims/access.mjs");
