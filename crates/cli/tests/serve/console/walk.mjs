// Walks the console in Chromium, as people do: from the first link to an exported campaign, then
// every page in light and dark and on a phone, held against axe-core, and by the keyboard alone.
//
// Told by the environment: CONSOLE and API (addresses), JOIN (the first sign-in's link), JUDGE (where
// playwright-core and axe-core are), SHOTS (where pictures go), WORK (a folder of its own).

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { CONSOLE, API, JOIN, JUDGE, SHOTS, WORK } = process.env;
const require = createRequire(join(JUDGE, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const LURE = "ALERT! Your Zenithar schedule has changed. Tap zenithar-okta.example to confirm it";
const MARKUP = "<img src=x onerror=alert(1)><script>document.title='owned'</script> tap http://zenithar-okta.example/a";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const step = async (name, does) => {
  try {
    await does();
  } catch (error) {
    await page.screenshot({ path: join(SHOTS, "failed.png") }).catch(() => {});
    console.error(`${name}: ${page.url()}: ${(await page.locator("main").innerText().catch(() => "")).slice(0, 600)}`);
    throw error;
  }
  console.log(`ok ${name}`);
};

const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
const page = await context.newPage();
const wrong = [];
page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
page.on("console", (message) => { if (message.type() === "error" && !/favicon|status of (4|5)/.test(message.text())) wrong.push(message.text()); });
page.on("dialog", (dialog) => (dialog.type() === "confirm" ? dialog.accept() : (wrong.push(`dialog: ${dialog.message()}`), dialog.dismiss())));

const cdp = await context.newCDPSession(page);
await cdp.send("WebAuthn.enable");
await cdp.send("WebAuthn.addVirtualAuthenticator", {
  options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
});

const go = async (path) => {
  const answer = await page.goto(CONSOLE + path);
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
};
const see = (text) => page.getByText(text).first().waitFor({ timeout: 10_000 });

// Holds a page against axe-core, in light, dark and on a phone, and leaves pictures of it.
const looks = [["light", 1280, 900], ["dark", 1280, 900], ["phone", 390, 844]];
const judge = async (name) => {
  for (const [look, width, height] of looks) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: look === "dark" ? "dark" : "light", reducedMotion: "reduce" });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} ${look} scrolls sideways`);
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
    assert.deepEqual(serious.map((one) => `${look} ${one.id}: ${one.nodes.map((node) => node.html).join(" | ").slice(0, 400)}`), []);
    await page.screenshot({ path: join(SHOTS, `${name}-${look}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
};

await step("the first link makes an account with a passkey", async () => {
  await page.goto(JOIN);
  await judge("join");
  await page.getByRole("button", { name: /passkey/i }).first().click();
  await page.waitForURL((url) => !/\/join\//.test(url.pathname), { timeout: 15_000 });
});

await step("first steps: who we are", async () => {
  await go("/first-steps");
  await page.getByLabel("The organization's name").fill("Zenithar");
  await page.getByLabel(/Its domains/).fill("zenithar.example");
  await page.getByLabel("Where people sign in").fill("zenithar.okta.com");
  await page.getByRole("button", { name: "Save" }).click();
  await see("It counts from now on");
});

await step("first steps: our people", async () => {
  const table = join(WORK, "people.csv");
  const rows = Array.from({ length: 9 }, (_, n) => `z${n},Zoe Zenithar ${n},+1201555010${n},zoe${n}@zenithar.example,en`);
  writeFileSync(table, ["key,name,phone,mail,language", ...rows].join("\n"));
  await go("/people");
  await page.getByLabel(/choose the file/i).setInputFiles(table);
  await page.getByRole("button", { name: "Bring in" }).click();
  await see("9 new, 0 known already.");
});

await step("first steps: the test report", async () => {
  await go("/first-steps");
  await page.getByLabel(/Your own work mail/).fill("zoe0@zenithar.example");
  await page.getByRole("button", { name: "Send the test report" }).click();
  await page.waitForURL(/\/reports\//);
  await see("malicious");
  assert.match(await page.locator("#lure").innerText(), /zenithar-sso\[\.\]example/);
  await judge("report");
});

let token;
await step("a token for a program, seen once", async () => {
  await go("/settings/tokens");
  await page.getByLabel("What it is for").fill("the walk");
  await page.getByLabel("intake").check();
  await page.getByLabel("read", { exact: true }).check();
  await page.getByRole("button", { name: "Make it" }).click();
  token = (await page.locator("#token").innerText()).trim();
  assert.match(token, /^unhook_/);
  await go("/settings/tokens");
  assert.equal(await page.locator("#token").count(), 0);
});

const api = async (path, body) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(API + path, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
};
const report = (text, person, sender) => api("/api/v1/reports", { text, sender, reporter: { phone: `+1201555010${person}` } });

await step("an open page shows what comes in, without being asked", async () => {
  await go("/");
  await page.waitForFunction(() => document.body.dataset.connected === "yes");
  for (let n = 0; n < 8; n++) await report(n % 3 ? LURE : LURE.replace("confirm it", "see it now"), n, `+1201555019${n % 4}`);
  await report(MARKUP, 8, '"><b>ACME</b>');
  await report("Running ten minutes late, start without me", 2);
  await see("ten minutes late");
  await see("A lure for staff sign-ins by way of zenithar-okta[.]example");
});

await step("what strangers write is never markup", async () => {
  await go("/search?q=onerror");
  assert.equal(await page.title(), "Search · Unhook");
  assert.equal(await page.locator("main img, main b b").count(), 0);
  await page.locator(".feed a").first().click();
  await page.waitForURL(/\/reports\//);
  assert.equal(await page.locator("#lure img, #lure script, #lure a").count(), 0);
  assert.match(await page.locator("#lure").innerText(), /<img src=x onerror/);
  await go(`/search?q=${encodeURIComponent("\"><script>alert(1)</script>")}`);
  assert.equal(await page.locator("main script").count(), 0);
});

let campaign;
await step("a campaign: seen, taken apart, put together", async () => {
  await go("/campaigns");
  await page.getByRole("link", { name: /zenithar-okta/ }).first().click();
  await page.waitForURL(/\/campaigns\/.+/);
  campaign = new URL(page.url()).pathname;
  await page.getByRole("button", { name: /I have seen it/ }).click();
  await page.getByText("Seen", { exact: false }).first().waitFor();
  const before = await page.locator("input[name=report]").count();
  await page.locator("input[name=report]").first().check();
  await page.getByRole("button", { name: "Take out of this campaign" }).click();
  await page.waitForFunction((count) => document.querySelectorAll("input[name=report]").length === count, before - 1);
  campaign = new URL(page.url()).pathname;
  const others = page.getByLabel("It is the same as");
  const values = await others.locator("option").evaluateAll((all) => all.map((option) => [option.value, option.textContent]));
  const same = values.find(([value, text]) => value && /zenithar-okta/.test(text));
  assert.ok(same, JSON.stringify(values));
  await others.selectOption(same[0]);
  await page.getByRole("button", { name: "Put together" }).click();
  await page.waitForFunction((count) => document.querySelectorAll("input[name=report]").length === count, before);
  await see("Put together");
});

await step("who somebody is takes a reason", async () => {
  await go(campaign);
  await page.getByText("Who is it?").first().click();
  const asked = page.locator("form[action$='/reveal']").first();
  await asked.getByLabel(/Reason/).fill("calling them about ticket 42");
  await asked.getByRole("button", { name: "Who is it?" }).click();
  await see("Zoe Zenithar");
  await judge("revealed");
  await go("/settings/audit");
  await see("calling them about ticket 42");
});

await step("evidence is exported", async () => {
  await go(campaign);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Evidence/ }).click()]);
  await download.saveAs(join(WORK, "evidence.zip"));
});

await step("a text is judged without being kept", async () => {
  await go("/check");
  await page.getByLabel("The text", { exact: true }).fill(LURE);
  await page.getByRole("button", { name: "Judge it", exact: true }).click();
  await see("malicious");
  await page.locator(".evidence li").first().hover();
  await page.getByLabel("The text", { exact: true }).fill("See you at noon");
  await page.getByRole("button", { name: "Judge it", exact: true }).click();
  await see("nothing found");
  assert.doesNotMatch(await page.locator("main").innerText(), /\bsafe\b/i);
});

await step("a phone's export and a screenshot are judged", async () => {
  const table = join(WORK, "export.csv");
  writeFileSync(table, `text\n"${LURE}"\n"See you at noon"\n"Running late, start without me"\n`);
  await go("/check");
  await page.getByLabel(/SMS Backup/).setInputFiles(table);
  await page.getByRole("button", { name: "Judge all texts" }).click();
  await see("2 nothing found");
  await see("1 malicious");
  const picture = join(WORK, "picture.png");
  await page.screenshot({ path: picture });
  await page.getByLabel(/choose a picture/).setInputFiles(picture);
  await page.getByRole("button", { name: "Read and judge it" }).click();
  await page.waitForURL(/\/check\/picture$/);
  assert.match(await page.locator("main").innerText(), /likely a lure|pictures are not read here|no text was found/);
  await page.goto(`${CONSOLE}/nowhere`);
  await judge("nothing-here");
});

await step("a search is saved and removed", async () => {
  await go("/search?q=schedule");
  await see("texts found");
  await page.getByLabel("A name for this search").fill("schedules");
  await page.getByRole("button", { name: "Save this search" }).click();
  await page.getByRole("link", { name: "schedules" }).waitFor();
  await page.getByRole("button", { name: "Remove" }).click();
  await see("None yet.");
});

await step("the keyboard alone is enough", async () => {
  await go("/");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL(/\/campaigns$/);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/campaigns\/.+/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sear");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/search/);
  await page.keyboard.press("Escape");
  await page.locator("body").click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("?");
  await page.locator("#keys[open]").waitFor();
  await page.keyboard.press("Escape");
  await go(campaign);
  await page.keyboard.press("m");
  await page.waitForLoadState();
  await see("ruled an attack");
  for (let stops = 0, seen = new Set(); stops < 12; stops++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120));
    assert.ok(!seen.has(focus), `the keyboard is caught at ${focus}`);
    seen.add(focus);
  }
});

const pages = {
  now: "/", "first-steps": "/first-steps", campaigns: "/campaigns", campaign, check: "/check", search: "/search?q=schedule",
  people: "/people", roll: "/people/roll", protection: "/protection", organization: "/settings", connectors: "/settings/connectors", automation: "/settings/automation",
  notifications: `${campaign}/notifications`, team: "/settings/team", tokens: "/settings/tokens", audit: "/settings/audit", account: "/account",
};
for (const [name, path] of Object.entries(pages)) {
  await step(`${name} is for everybody`, async () => {
    await go(path);
    await judge(name);
  });
}

await step("a connector is tried and says what was found", async () => {
  await go("/settings/connectors");
  await page.getByRole("button", { name: "Test: Tesseract" }).click();
  await page.getByRole("heading", { name: /Tesseract (works|does not work)/ }).waitFor();
  await judge("connector-tried");
});

await step("every language is whole", async () => {
  for (const [language, word] of [["de", "Jetzt"], ["es", "Ahora"]]) {
    await context.addCookies([{ name: "language", value: language, url: CONSOLE }]);
    await go("/");
    assert.equal(await page.locator("h1").innerText(), word);
  }
  await context.addCookies([{ name: "language", value: "en", url: CONSOLE }]);
});

await step("whoever signs out comes back with a passkey", async () => {
  await go("/account");
  await page.getByRole("button", { name: /sign out/i }).first().click();
  await page.waitForURL(/sign-in/);
  await judge("sign-in");
  await page.goto(CONSOLE + "/campaigns");
  await page.waitForURL(/sign-in/);
  await page.getByRole("button", { name: /passkey/i }).first().click();
  await page.waitForURL(/\/campaigns$/, { timeout: 15_000 });
});

assert.deepEqual(wrong, [], "a page complained");
await browser.close();
console.log("done");
