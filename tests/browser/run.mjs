// What does a browser make of a report?   node run.mjs [--prove] REPORT_FOLDER | PAGE.html ...
//
// A folder holds report.html and report.json as the program wrote them; a single page is checked without the numbers.
// With --prove every test is run on a page that was spoiled for it, and must fail: a test that cannot fail proves nothing.
// Needs npm ci in this folder, and a Chromium (CHROMIUM=/path, else /usr/bin/chromium).
import { chromium } from "playwright-core";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { tests } from "./tests.mjs";

const asked = process.argv.slice(2);
const prove = asked.includes("--prove");
const targets = asked.filter((word) => !word.startsWith("--"));
if (!targets.length) {
  console.error("usage: node run.mjs [--prove] REPORT_FOLDER | PAGE.html ...");
  process.exit(2);
}
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`no browser at ${executablePath}: install chromium, or set CHROMIUM`);
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A page and the numbers behind it. */
function subject(target) {
  const isPage = target.endsWith(".html");
  const file = resolve(isPage ? target : join(target, "report.html"));
  const json = isPage ? null : resolve(target, "report.json");
  return { file, html: readFileSync(file, "utf8"), bytes: statSync(file).size, report: json ? JSON.parse(readFileSync(json, "utf8")) : null };
}

/** Runs one test; every page it opens is watched, and must ask for nothing and say nothing. */
async function run(test, about) {
  const opened = [];
  const open = async ({ width = 1000, scheme = "light", js = true, touch = false, motion = "no-preference", quiet = true } = {}) => {
    const context = await browser.newContext({
      viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: js, hasTouch: touch, reducedMotion: motion, offline: false,
    });
    const page = await context.newPage();
    const requests = [], said = [];
    page.on("request", (request) => { if (!request.url().startsWith("data:")) requests.push(request.url()); });
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(pathToFileURL(about.file).href);
    opened.push({ context, requests, said, quiet });
    return page;
  };
  try {
    const note = await test.check({ ...about, open });
    for (const { requests, said, quiet } of opened) {
      if (requests.length !== 1) throw new Error(`${requests.length} requests, not one: ${requests.slice(0, 3).join(" ")}`);
      if (quiet && said.length) throw new Error(`the browser says: ${said[0]}`);
    }
    return { ok: true, note };
  } catch (error) {
    return { ok: false, note: error.message.split("\n").slice(0, 6).join("\n      ") };
  } finally {
    for (const { context } of opened) await context.close();
  }
}

/** The spoiled page, with the policy's hashes made right again, so that only the one thing is wrong. */
function spoiled(about, spoil) {
  const folder = mkdtempSync(join(tmpdir(), "leadgauge-spoiled-"));
  let html = spoil(about.html);
  if (html === about.html) throw new Error("nothing was spoiled");
  const hash = (text) => "sha256-" + createHash("sha256").update(text).digest("base64");
  for (const [tag, directive] of [["style", "style-src"], ["script", "script-src"]]) {
    const text = html.match(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`))?.[1];
    if (text !== undefined) html = html.replace(new RegExp(`${directive} 'sha256-[^']*'`), `${directive} '${hash(text)}'`);
  }
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  return { about: { ...about, html, file, bytes: Buffer.byteLength(html) }, folder };
}

let failed = 0, passed = 0, without = 0;
/** Whether any page told what was spoiled. */
const told = new Map();
for (const target of targets) {
  const about = subject(target);
  console.log(`\n${target} (${Math.round(about.bytes / 1000)} kB)${prove ? ": each test on a page that was spoiled for it" : ""}`);
  for (const test of tests) {
    const lacks = test.needs?.(about);
    if (lacks) {
      without += 1;
      console.log(`  –  ${test.name}: not asked, ${lacks}`);
      continue;
    }
    if (!prove) {
      const { ok, note } = await run(test, about);
      ok ? passed++ : failed++;
      console.log(`  ${ok ? "✓" : "✗"}  ${test.name}${note ? `: ${note}` : ""}`);
      continue;
    }
    for (const [what, spoil] of Object.entries(test.spoil)) {
      const made = spoiled(about, spoil);
      const { ok, note } = await run(test, made.about);
      rmSync(made.folder, { recursive: true });
      const claim = `${what}: ${test.name}`;
      // A page without prices, say, does not show what a wrong profit would be: one page that tells is enough.
      told.set(claim, (told.get(claim) ?? false) || !ok);
      console.log(`  ${ok ? "·  does not show here that" : "✓ fails when"} ${claim}${ok ? "" : `\n      ${note}`}`);
    }
  }
}
await browser.close();
for (const [claim, is] of told) {
  is ? passed++ : failed++;
  if (!is) console.log(`\n✗ no page shows that ${claim}`);
}
console.log(`\n${passed} as they must be, ${failed} not${without ? `, ${without} not asked of a page that lacks what they are about` : ""}`);
process.exit(failed ? 1 : 0);
