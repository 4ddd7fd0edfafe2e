// The console in Chromium, measured. Told by the environment: CONSOLE (its address), JOIN (the first
// sign-in's link), JUDGE (where playwright-core is). Then it signs in, and answers each line of
// JSON on standard input with one on standard output.

import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

const { CONSOLE, JOIN, JUDGE } = process.env;
const { chromium } = createRequire(join(JUDGE, "package.json"))("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
const cdp = await context.newCDPSession(page);
const say = (answer) => console.log(JSON.stringify(answer));
const median = (values) => values.sort((one, other) => one - other)[values.length >> 1];

const signIn = async () => {
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(JOIN);
  await page.getByRole("button", { name: /passkey/i }).first().click();
  await page.waitForURL((url) => !/\/join\//.test(url.pathname), { timeout: 60_000 });
  const cookies = await context.cookies(CONSOLE);
  return { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") };
};

// One page, a few times: how long until it is there and until its script has run, and what all
// that it is made of weighs, pictures apart.
const measure = async ({ path, times }) => {
  const [load, interactive] = [[], []];
  let weights;
  for (let round = 0; round < times; round++) {
    const weighing = [];
    const weigh = (answer) => {
      const kind = answer.request().resourceType();
      if (["document", "stylesheet", "script"].includes(kind)) weighing.push(answer.body().then((body) => [kind, body.length]));
    };
    page.on("response", weigh);
    const answer = await page.goto(CONSOLE + path, { waitUntil: "load", timeout: 120_000 });
    if (!answer.ok()) throw new Error(`${path} is answered ${answer.status()}`);
    const timing = await page.evaluate(() => {
      const { loadEventStart, domContentLoadedEventEnd } = performance.getEntriesByType("navigation")[0];
      return { load: loadEventStart, interactive: domContentLoadedEventEnd };
    });
    page.off("response", weigh);
    load.push(timing.load);
    interactive.push(timing.interactive);
    weights = await Promise.all(weighing);
  }
  const sum = (kinds) => weights.filter(([kind]) => kinds.includes(kind)).reduce((sum, [, bytes]) => sum + bytes, 0);
  return { load: median(load), interactive: median(interactive), html: sum(["document"]), all: sum(["document", "stylesheet", "script"]) };
};

// Looks from within at every frame, and at whatever holds the page up.
const watch = () => {
  const seen = { gap: 0, gaps: 0, frames: 0, task: 0, tasks: 0 };
  let last;
  const frame = (now) => {
    if (last !== undefined) {
      seen.gap = Math.max(seen.gap, now - last);
      if (now - last > 100) seen.gaps++;
    }
    seen.frames++;
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.task = Math.max(seen.task, duration);
      if (duration > 100) seen.tasks++;
    }
  }).observe({ type: "longtask" });
  window.measured = seen;
};

const memory = async () => {
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  return { heap: of("JSHeapUsedSize"), nodes: of("Nodes") };
};
// What collecting garbage holds up is not the page's, so it is done between two stretches.
const stretch = async (seconds) => {
  await page.evaluate(() => { Object.assign(window.measured, { gap: 0, gaps: 0, frames: 0, task: 0, tasks: 0 }); });
  await wait(seconds * 1000);
  return page.evaluate(() => ({ ...window.measured }));
};

// Now, while nothing comes in; what holds this up is the machine.
const quiet = async ({ seconds }) => {
  await cdp.send("Performance.enable");
  await cdp.send("HeapProfiler.enable");
  await page.goto(`${CONSOLE}/`, { timeout: 120_000 });
  await page.waitForFunction(() => document.body.dataset.connected === "yes", undefined, { timeout: 120_000 });
  await page.evaluate(watch);
  return stretch(seconds);
};
// The same while texts come in.
const busy = async ({ seconds }) => {
  const took = [];
  const done = (request) => {
    if (request.headers()["x-part"]) took.push(request.timing().responseEnd);
  };
  page.on("requestfinished", done);
  const marks = [await memory()], seen = [];
  for (let half = 0; half < 2; half++) {
    seen.push(await stretch(seconds / 2));
    marks.push(await memory());
  }
  page.off("requestfinished", done);
  const both = (name, join) => seen.map((one) => one[name]).reduce(join);
  const add = (one, other) => one + other, most = (one, other) => Math.max(one, other);
  return {
    gap: both("gap", most), gaps: both("gaps", add), frames: both("frames", add), task: both("task", most), tasks: both("tasks", add),
    marks, refreshes: took.length, refresh: took.length ? median(took) : 0,
  };
};

say(await signIn());
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  say(await { measure, quiet, busy }[asked.what](asked));
}
await browser.close();
