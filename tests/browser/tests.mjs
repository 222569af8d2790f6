// The tests, in the order of what would hurt most. Each has a name that is a claim, a check, and ways to spoil a page for it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const blocks = (report) => report.page.sections.flatMap((section) => section.blocks);
const chartOf = (about) => about.report && blocks(about.report).find((block) => block.data?.shape === "threshold" && block.data.what_if);
const lacksWhatIf = (about) => (chartOf(about) ? null : "nothing to try on this page");
const lacksNumbers = (about) => (about.report ? null : "no report.json beside it");
const lacksCharts = (about) => (/<svg class="chart" id/.test(about.html) ? null : "no chart on it");
const lacksTables = (about) => (/<div class="table"/.test(about.html) ? null : "no table on it");
const inScript = (from, to) => (html) => {
  assert(html.includes(from), `the script does not hold ${from}`);
  return html.replace(from, () => to);
};
const style = (rule) => (html) => html.replace("</style>", () => `${rule}</style>`);

// What the page must show, worked out here once more from report.json, and written as the report writes numbers.
const grouped = (value, decimals) => {
  const digits = Math.abs(value).toFixed(decimals).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ",");
  return (value < 0 && /[1-9]/.test(digits) ? "−" : "") + digits;
};
const percent = (value) => `${grouped(100 * value, value !== 0 && Math.abs(value) < 0.01 ? 2 : 1)} %`;
const clean = (text) => text.replace(/\u2060/g, "").replace(/\u00a0/g, " ").trim();
const amount = (text) => Number(clean(text).replace(/[^\d.−-]/g, "").replace("−", "-"));

async function shown(page) {
  return page.evaluate(() => Object.fromEntries([...document.querySelectorAll(".what-if [data-out]")].map((place) => [place.dataset.out, place.textContent])));
}
async function set(page, name, value) {
  await page.evaluate(([name, value]) => {
    const input = document.querySelector(`.what-if [data-input="${name}"]`);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, [name, String(value)]);
}

/** Gain, best bar and what is equally good, from the rows of calibration.json's sweep. */
function reckoned(about, value, cost) {
  const { calibration } = about.report;
  const { moving_costs_mqls, rows } = chartOf(about).data.what_if;
  const sweep = calibration.sweep.slice(0, rows.length);
  const today = sweep.findIndex((row) => row.basis === "observed");
  const gains = sweep.map((row, i) => (i === today ? 0 : row.moved_rate === null ? null : (row.mqls_per_month - sweep[today].mqls_per_month) * (value * row.moved_rate - cost)));
  let best = today;
  sweep.forEach((row, i) => { if (row.basis === "emulated" && gains[i] !== null && gains[i] > gains[best]) best = i; });
  const most = gains[best], trouble = moving_costs_mqls * cost;
  if (most <= trouble) best = today;
  const good = (i) => gains[i] !== null && gains[i] >= most - trouble && (sweep[i].basis !== "extrapolated" || gains[i] <= most + trouble);
  let low = best, high = best;
  while (low > 0 && good(low - 1)) low--;
  while (high + 1 < sweep.length && good(high + 1)) high++;
  return { sweep, today, gains, best, low, high };
}

const AXE = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.equal(found.violations.length, 0, found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes[0].target})`).join("; "));
  return found.passes.length;
};

export const tests = [
  {
    name: "the file is all there is: one request, no word on the console, light and dark",
    async check({ open }) {
      for (const scheme of ["light", "dark"]) {
        const page = await open({ scheme });
        await page.evaluate(() => document.fonts.ready);
        assert(await page.evaluate(() => document.fonts.check("16px Inter")), "the font inside is not used");
        await page.mouse.wheel(0, 3000);
      }
    },
    spoil: {
      "it asks for a picture": (html) => html.replace("<footer>", '<img src="missing.png" alt=""><footer>'),
      "the script speaks": inScript('"use strict";', '"use strict";console.log("here");'),
    },
  },
  {
    name: "no other script and no other style gets in",
    async check({ open, html }) {
      assert.match(html, /default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';/);
      assert(!/ style="/.test(html), "an inline style");
      assert(!/ on[a-z]+="/.test(html.replace(/<script>[\s\S]*?<\/script>/, "")), "an inline handler");
      const page = await open({ quiet: false });
      const got = await page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "window.gotIn = true";
        document.body.append(script);
        const probe = document.createElement("p");
        probe.innerHTML = '<i style="color:rgb(1,2,3)">x</i>';
        document.body.append(probe);
        return [window.gotIn === true, getComputedStyle(probe.firstChild).color === "rgb(1, 2, 3)"];
      });
      assert.deepEqual(got, [false, false]);
    },
    spoil: { "the policy is loose": (html) => html.replace(/script-src 'sha256-[^']+'/, "script-src 'unsafe-inline'") },
  },
  {
    name: "axe finds nothing, light and dark, at 1000 and 390 pixels",
    async check({ open }) {
      let rules = 0;
      for (const scheme of ["light", "dark"]) {
        for (const width of [1000, 390]) rules = await AXE(await open({ scheme, width }));
      }
      return `${rules} rules pass`;
    },
    spoil: {
      "a text is pale": style(".lede{color:#bbb}"),
      "a heading is skipped": (html) => html.replace("<h1>", "<h4>").replace("</h1>", "</h4>"),
    },
  },
  {
    name: "the page is as wide as the screen at 390 and 320 pixels",
    async check({ open }) {
      for (const width of [390, 320]) {
        const page = await open({ width });
        const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.equal(scroll, client, `at ${width}`);
      }
    },
    spoil: { "a line does not break": style(".lede{white-space:nowrap}") },
  },
  {
    name: "the first column breaks no word on a telephone",
    needs: lacksTables,
    async check({ open }) {
      const page = await open({ width: 390 });
      const [words, torn] = await page.evaluate(() => {
        const torn = [];
        let words = 0;
        for (const head of document.querySelectorAll(".table tbody th")) {
          const walker = document.createTreeWalker(head, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            for (const word of node.data.matchAll(/[^\s_/–-]+/g)) {
              if (word[0].length > 16) continue;
              words += 1;
              const range = document.createRange();
              range.setStart(node, word.index);
              range.setEnd(node, word.index + word[0].length);
              const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top / 6)));
              if (lines.size > 1) torn.push(word[0]);
            }
          }
        }
        return [words, torn];
      });
      assert(words > 0, "no words");
      assert.deepEqual(torn, []);
      return `${words} words`;
    },
    spoil: { "words may break anywhere": style(".table tbody th{word-break:break-all;min-width:0!important;max-width:4em!important;width:4em}") },
  },
  {
    name: "every column of every table sorts by its numbers, missing last, and a third click restores",
    needs: (about) => lacksNumbers(about) ?? lacksTables(about),
    async check({ open, report }) {
      const page = await open();
      let columns = 0;
      for (const table of blocks(report).filter((block) => block.kind === "table" && block.rows.length > 1)) {
        const found = await page.evaluate((id) => {
          const table = document.querySelector(`#table-${id} table`);
          const rows = [...table.tBodies[0].rows];
          const order = () => [...table.tBodies[0].rows].map((row) => rows.indexOf(row));
          return [...table.tHead.rows[0].cells].map((head) => {
            const states = [];
            for (let click = 0; click < 3; click++) {
              head.querySelector("button").click();
              states.push([head.getAttribute("aria-sort"), order()]);
            }
            return states;
          });
        }, table.id);
        const original = table.rows.map((_, i) => i);
        found.forEach((states, column) => {
          columns += 1;
          const name = `${table.id}, column ${table.columns[column].label}`;
          assert.deepEqual(states[2], [null, original], `${name}: not restored`);
          assert.deepEqual([states[0][0], states[1][0]].sort(), ["ascending", "descending"], name);
          if (table.columns[column].unit === "text") return;
          const number = (row) => {
            const cell = table.rows[row].cells[column];
            return "number" in cell ? cell.number : "range" in cell ? cell.range[0] : null;
          };
          for (const [direction, order] of states.slice(0, 2)) {
            assert.deepEqual([...order].sort((a, b) => a - b), original, `${name}: rows are lost`);
            for (let i = 1; i < order.length; i++) {
              const [a, b] = [number(order[i - 1]), number(order[i])];
              if (a === null) assert.equal(b, null, `${name}: a missing cell is not last`);
              else if (b !== null) {
                const close = Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b));
                assert(close || (direction === "ascending" ? a < b : a > b), `${name}, ${direction}: ${a} before ${b}`);
                if (a === b) assert(order[i - 1] < order[i], `${name}: equal rows change places`);
              }
            }
          }
        });
      }
      assert(columns > 0, "no column was tried");
      return `${columns} columns`;
    },
    spoil: {
      "numbers are compared as words": inScript("if (cell.dataset.value !== undefined) return Number(cell.dataset.value);", ""),
      "what is missing comes first": inScript("return (a.k === null) - (b.k === null);", "return (b.k === null) - (a.k === null);"),
      "the third click does nothing": inScript("body.append(...original);", ""),
    },
  },
  {
    name: "a table is sorted by keyboard, and what happened is said",
    needs: lacksTables,
    async check({ open }) {
      const page = await open();
      const button = page.locator(".table th button").first();
      if (!(await button.count())) return "no table of two rows";
      await button.focus();
      await page.keyboard.press("Enter");
      const head = page.locator(".table th[aria-sort]");
      assert.equal(await head.count(), 1);
      assert.match(await page.locator("body > [role=status]").textContent(), /: sorted by .+, (as|des)cending$/);
      const outline = await button.evaluate((element) => getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth);
      assert.equal(outline, "solid2px", "the focus is not seen");
    },
    spoil: {
      "nothing is said": inScript("announce(`${table.caption.textContent}: sorted by", "(() => {})(`${table.caption.textContent}: sorted by"),
      "the focus is not shown": style("button{outline:none!important}"),
    },
  },
  {
    name: "every chart shows its points to the mouse and to the arrow keys, with one tab stop",
    needs: lacksCharts,
    async check({ open, html }) {
      const page = await open();
      const charts = page.locator("figure .wide");
      let points = 0;
      for (let n = 0; n < (await charts.count()); n++) {
        const chart = charts.nth(n);
        // The texts as they stand in the file, before the script took them up.
        const id = await chart.locator("svg").getAttribute("id");
        const drawing = html.slice(html.indexOf(`id="${id}"`)).split("</svg>")[0];
        const texts = [...drawing.matchAll(/<title>([^<]*)<\/title>/g)].map((found) => found[1]);
        if (!texts.length) continue;
        points += texts.length;
        await chart.focus();
        assert.equal(await chart.locator('[tabindex="0"]').count(), 0, "more than one tab stop");
        const said = [];
        for (let i = 0; i < texts.length; i++) {
          await page.keyboard.press("ArrowRight");
          said.push(await page.evaluate(() => [...document.querySelector(".tip").children].map((line) => line.textContent).join("\n")));
        }
        const plain = await page.evaluate((texts) => texts.map((text) => new DOMParser().parseFromString(text, "text/html").documentElement.textContent), texts);
        assert.deepEqual(said.map((text) => text.replace(/\s+/g, " ")), plain.map((text) => text.replace(/\s+/g, " ")), id);
        const announced = await page.locator("body > [role=status]").textContent();
        assert.equal(announced.replace(/, |\s+/g, " "), said.at(-1).replace(/, |\s+/g, " "), "the last point is not announced");
        await page.keyboard.press("Escape");
        assert(await page.locator(".tip").isHidden(), "Escape does not hide it");
      }
      assert(points > 0, "no chart has points");
      const hit = page.locator("figure .wide .hit > rect").first();
      if (await hit.count()) {
        await hit.scrollIntoViewIfNeeded();
        await hit.hover();
        const box = await page.locator(".tip").boundingBox();
        assert(box && box.x >= 0 && box.x + box.width <= 1000 && box.y >= 0 && box.y + box.height <= 900, "the tooltip is not on the screen");
        await page.mouse.move(2, 2);
        assert(await page.locator(".tip").isHidden(), "it stays");
      }
      return `${points} points`;
    },
    spoil: {
      "the keys are dead": inScript("ArrowRight: at + 1", "ArrowRight: at"),
      "every point is a tab stop": inScript("const byShape =", "points.forEach((point) => point.shape.setAttribute('tabindex', 0)); const byShape ="),
      "it does not go away": inScript("const hide = () => { tip.hidden = true; dim(); };", "const hide = () => { dim(); };"),
    },
  },
  {
    name: "a touch on a telephone shows the same texts",
    needs: lacksCharts,
    async check({ open }) {
      const page = await open({ width: 390, touch: true });
      const hit = page.locator("figure .narrow .hit > rect").first();
      if (!(await hit.count())) return "no hit areas";
      await hit.scrollIntoViewIfNeeded();
      await hit.tap();
      const text = await page.locator(".tip").innerText();
      assert(await page.locator(".tip").isVisible() && text.length > 3, "no tooltip");
      const box = await page.locator(".tip").boundingBox();
      assert(box.x >= 0 && box.x + box.width <= 390, "it leaves the screen");
      await page.locator("h1").evaluate((element) => element.click());
      assert(await page.locator(".tip").isHidden(), "it stays");
    },
    spoil: {
      "touches are not heard": inScript('svg.addEventListener("click"', 'svg.addEventListener("dblclick"'),
      "the narrow drawing has no texts": inScript('title.textContent || texts[i] || ""', "title.textContent"),
    },
  },
  {
    name: "headings do not jump, landmarks are there, the skip link skips, the contents follow",
    async check({ open }) {
      const page = await open();
      const levels = await page.evaluate(() => [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter((h) => h.offsetParent).map((h) => Number(h.tagName[1])));
      assert.equal(levels.filter((level) => level === 1).length, 1);
      assert.equal(levels[0], 1);
      levels.forEach((level, i) => assert(i === 0 || level <= levels[i - 1] + 1, `h${levels[i - 1]} is followed by h${level}`));
      for (const landmark of ["body > header", "main#main", "body > footer"]) assert.equal(await page.locator(landmark).count(), 1, landmark);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => location.hash), "#main");
      const links = page.locator(".contents a");
      if (await links.count()) {
        const last = await links.last().getAttribute("href");
        await page.evaluate((hash) => document.querySelector(hash).scrollIntoView({ behavior: "instant", block: "start" }), last);
        await page.waitForTimeout(150);
        const marked = await page.locator(".contents [aria-current]").getAttribute("href");
        const seen = await page.evaluate(() => [...document.querySelectorAll("section.part")].filter((part) => part.getBoundingClientRect().top <= innerHeight * 0.35).pop().id);
        assert.equal(marked, `#${seen}`);
      }
    },
    spoil: {
      "a level is left out": (html) => html.replace("<h2 ", "<h4 ").replace("</h2>", "</h4>"),
      "there is no main": (html) => html.replace('<main id="main">', "<div>").replace("</main>", "</div>"),
    },
  },
  {
    name: "what can be tried shows the rows of report.json, and says what each rests on",
    needs: lacksWhatIf,
    async check(about) {
      const page = await about.open();
      const { rows, value_per_sql: value, sales_cost_per_mql: cost } = chartOf(about).data.what_if;
      const { sweep, today } = reckoned(about, value ?? 0, cost ?? 0);
      assert(await page.locator(".what-if").isVisible());
      for (let i = 0; i < rows.length; i++) {
        await set(page, "slider", i);
        const out = await shown(page);
        const row = sweep[i];
        assert.equal(out.tried, grouped(row.threshold, Number.isInteger(row.threshold) ? 0 : 1));
        assert.equal(clean(out.mqls), grouped(row.mqls_per_month, 1));
        assert.equal(clean(out["mqls-now"]), grouped(sweep[today].mqls_per_month, 1));
        assert.equal(clean(out.sqls), grouped(row.sqls_per_month, 1));
        assert.equal(clean(out.rate), row.rate.estimate === null ? "–" : percent(row.rate.estimate));
        assert(out.basis.toLowerCase().includes(row.basis), `${row.basis} is not said`);
        const sign = await page.locator('.what-if [data-out="basis"]').getAttribute("class");
        assert(sign.split(" ").includes(row.basis), "it is not drawn");
        if (value === null || cost === null) {
          assert.equal(out.profit, "needs prices");
        } else if (i !== today) {
          const gain = row.gain_per_month;
          const near = (text, number) => assert(Math.abs(amount(text) - number) <= 0.5 + 1e-6 * Math.abs(number), `${text} for ${number} at ${row.threshold}`);
          near(out.profit, gain.value);
          const [low, high] = clean(out["profit-range"]).replace("90 % range", "").split(" to ");
          near(low, gain.low);
          near(high, gain.high);
        }
      }
      return `${rows.length} thresholds`;
    },
    spoil: {
      "a rate is taken for another": inScript('"–" : share(row.rate));', '"–" : share(row.rate * 1.01));'),
      "the profit counts leads twice": inScript("(price.value * row.moved_rate - price.cost)", "(price.value * row.moved_rate - 2 * price.cost)"),
      "the basis is not said": inScript("(tried ? OTHER_POINTS : WORDS)[row.basis]", '""'),
    },
  },
  {
    name: "under other prices profit, best bar and what is equally good are plain arithmetic on report.json",
    needs: lacksWhatIf,
    async check(about) {
      const page = await about.open();
      const { rows, value_per_sql, sales_cost_per_mql, asked } = chartOf(about).data.what_if;
      const [v, c] = [value_per_sql ?? 1000, sales_cost_per_mql ?? 100];
      let tried = 0;
      for (const [value, cost] of [[v * 0.5, c], [v * 1.5, c], [v * 2.25, c * 0.4], [v * 1.1, c * 1.2], [v, c + 1]]) {
        if (cost >= value) continue;
        await set(page, "value", value);
        await set(page, "cost", cost);
        const found = reckoned(about, value, cost);
        for (let i = 0; i < rows.length; i += 2) {
          await set(page, "slider", i);
          const out = await shown(page);
          if (found.gains[i] === null) continue;
          assert(Math.abs(amount(out.profit) - found.gains[i]) <= 0.51 + 1e-6 * Math.abs(found.gains[i]), `${out.profit} for ${found.gains[i]}`);
          assert.equal(out["profit-range"], "–", "a range that was reckoned with other prices");
          tried += 1;
        }
        const { verdict } = await shown(page);
        const name = (i) => grouped(rows[i].threshold, 0);
        assert(verdict.includes(found.best === found.today ? `keep ${name(found.today)}` : `At these prices ${name(found.best)}`), `${verdict} / best ${name(found.best)}`);
        if (found.low !== found.high) assert(verdict.includes(`${name(found.low)} to ${name(found.high)} are equally good`), verdict);
        const told = asked.find((entry) => entry.value_per_sql === value && cost === sales_cost_per_mql);
        if (told) assert(verdict.includes(`advises ${grouped(told.threshold, 0)} at these prices`), verdict);
      }
      await set(page, "value", c / 2);
      await set(page, "cost", c);
      assert.match((await shown(page)).verdict, /no bar pays/);
      await set(page, "value", "");
      assert.equal((await shown(page)).profit, "needs prices");
      assert(tried > 0);
      return `${tried} profits`;
    },
    spoil: {
      "the best is the last": inScript("if (worked(i) && g > gains[top]) top = i;", "if (worked(i)) top = i;"),
      "the range stays": inScript("const range = isOwn(price) && row !== now && !open ?", "const range = row !== now && !open ?"),
      "everything is equally good": inScript("const belongs = (i) => gains[i] !== null &&", "const belongs = (i) => gains[i] !== null ||"),
    },
  },
  {
    name: "it begins at the report's advice, without prices it says so, and starts over",
    needs: lacksWhatIf,
    async check(about) {
      const page = await about.open();
      const { current, suggested, plateau, what_if } = chartOf(about).data;
      const begin = await shown(page);
      assert.equal(begin.tried, grouped(suggested ?? current, 0));
      const inputs = await page.evaluate(() => ["value", "cost"].map((name) => document.querySelector(`.what-if [data-input="${name}"]`).value));
      assert.deepEqual(inputs, [what_if.value_per_sql, what_if.sales_cost_per_mql].map((price) => (price === null ? "" : String(price))));
      if (what_if.value_per_sql === null || what_if.sales_cost_per_mql === null) assert.match(begin.verdict, /^Fill in/);
      else if (plateau && plateau[0] !== plateau[1]) assert(begin.verdict.includes(`${grouped(plateau[0], 0)} to ${grouped(plateau[1], 0)} are equally good`), begin.verdict);
      await set(page, "value", 123456);
      await set(page, "slider", 0);
      await page.locator('.what-if [data-input="reset"]').click();
      assert.deepEqual({ ...(await shown(page)), said: "" }, { ...begin, said: "" });
    },
    spoil: {
      "it begins elsewhere": inScript("chosen = nearest(data.suggested ?? data.current);", "chosen = 0;"),
      "starting over keeps a price": inScript("      value.value = own.value ?? \"\";", "      if (!value.value) value.value = own.value ?? \"\";"),
    },
  },
  {
    name: "the bar moves by keyboard, by number and by a click on the strip, is said aloud, and marked in the chart",
    needs: lacksWhatIf,
    async check(about) {
      const page = await about.open();
      const { rows } = chartOf(about).data.what_if;
      await set(page, "slider", 0);
      await page.locator('.what-if [data-input="slider"]').focus();
      await page.keyboard.press("ArrowRight");
      assert.equal((await shown(page)).tried, grouped(rows[1].threshold, 0));
      assert.match(await page.locator('.what-if [data-input="slider"]').getAttribute("aria-valuetext"), new RegExp(rows[1].basis));
      const number = page.locator('.what-if [data-input="threshold"]');
      await number.fill(String(rows.at(-2).threshold));
      assert.equal((await shown(page)).tried, grouped(rows.at(-2).threshold, 0));
      await page.waitForFunction(() => document.querySelector('.what-if [data-out="said"]').textContent.length > 20);
      await set(page, "slider", 1);
      assert.equal(await page.locator("figure .wide .tried").count(), 1, "no mark in the chart");
      const strip = page.locator('.what-if [data-out="strip"]');
      if (await strip.isVisible()) {
        const box = await strip.boundingBox();
        await strip.click({ position: { x: box.width - 8, y: box.height / 2 } });
        assert.equal((await shown(page)).tried, grouped(rows.at(-1).threshold, 0));
      }
    },
    spoil: {
      "nothing is said aloud": inScript('saying = setTimeout(() => out("said", text), 500);', ""),
      "the chart is not marked": inScript('svg.insertBefore(group, svg.querySelector(".hits"));', ""),
      "the number is not heard": inScript("choose(nearest(number.valueAsNumber));", ""),
    },
  },
  {
    name: "the two sets of points bring what report.json says",
    needs: (about) => (chartOf(about)?.data.what_if.cards.length === 2 ? null : "no other points to compare"),
    async check(about) {
      const page = await about.open();
      const { points } = about.report.calibration;
      const out = await shown(page);
      [points.now, points.suggested].forEach((card, i) => {
        assert.equal(clean(out[`card-mqls-${i}`]), grouped(card.mqls_per_month, 1));
        assert(clean(out[`card-sqls-${i}`]).startsWith(grouped(card.sqls_per_month.value, 1)));
        const [value, range] = clean(out[`card-profit-${i}`]).split(" (");
        assert(Math.abs(amount(value) - card.profit_per_month.value) <= 0.51);
        assert(Math.abs(amount(range.split(" to ")[0]) - card.profit_per_month.low) <= 0.51);
      });
      assert(Math.abs(amount(out["card-profit-change"]) - points.gain_per_month.value) <= 0.51);
    },
    spoil: { "a cost is forgotten": inScript("price.value * sqls - price.cost * card.mqls_per_month", "price.value * sqls") },
  },
  {
    name: "other points for an action bring what report.json says, with bounds where leads enter, at the reader's own prices too",
    needs: (about) => lacksWhatIf(about) ?? (about.report.calibration.tried.length ? null : "no points to try"),
    async check(about) {
      const page = await about.open();
      const { tried, criteria, sweep } = about.report.calibration;
      const { value_per_sql, sales_cost_per_mql } = chartOf(about).data.what_if;
      const now = sweep.find((row) => row.basis === "observed");
      const [own, other] = [[value_per_sql ?? 1000, sales_cost_per_mql ?? 100], [(value_per_sql ?? 1000) * 1.5, (sales_cost_per_mql ?? 100) * 0.5]];
      const near = (text, number, by) => assert(Math.abs(amount(text) - number) <= by + 1e-6 * Math.abs(number), `${text} for ${number}`);
      let looked = 0;
      for (const [i, action] of tried.entries()) {
        await page.locator('.what-if [data-input="action"]').selectOption(String(i));
        assert.equal((await shown(page)).tried.split(",")[0], grouped(now.threshold, 0), "another bar than today's to begin with");
        const values = [...action.points.map((one) => one.points), action.points_now].sort((a, b) => a - b);
        for (const one of action.points) {
          await set(page, "points", values.indexOf(one.points));
          for (const at of one.bars.filter((_, k) => k % 4 === i % 4)) {
            await set(page, "threshold", at.threshold);
            for (const [value, cost] of [own, other]) {
              await set(page, "value", value);
              await set(page, "cost", cost);
              const out = await shown(page);
              const { value: sqls, low, high } = at.sqls_per_month;
              assert.equal(clean(out.mqls), grouped(at.mqls_per_month, 1));
              assert.equal(clean(out.sqls), sqls === null ? `${grouped(low, 1)} to ${grouped(high, 1)}` : grouped(sqls, 1));
              assert.equal(sqls === null, at.mqls_entering > 0);
              assert(out.basis.toLowerCase().includes(sqls === null ? "extrapolated" : "emulated"), out.basis);
              const known = cost * (at.mqls_leaving - at.mqls_entering) - value * at.sqls_leaving;
              const ends = clean(out.profit).split(" to ");
              const { low: least, high: most } = at.gain_per_month;
              const isOwn = value === value_per_sql && least !== null;
              if (sqls !== null) near(ends[0], known, 0.51);
              else [isOwn ? least : known, isOwn ? most : known + value * at.most_sqls_entering].forEach((end, k) => near(ends[k], end, 0.51));
              if (sqls !== null && isOwn) clean(out["profit-range"]).replace("90 % range", "").split(" to ").forEach((end, k) => near(end, [least, most][k], 0.51));
              else assert.equal(out["profit-range"], sqls === null ? "bounds" : "–", "a range that was reckoned with other prices");
              assert.equal(out.command, `leadgauge simulate --points ${action.name}=${one.points} --threshold ${at.threshold}`);
              looked += 1;
            }
          }
        }
        // Today's points give back the bars as they are.
        await set(page, "points", values.indexOf(action.points_now));
        await set(page, "threshold", criteria.threshold);
        assert.equal(clean((await shown(page)).mqls), grouped(now.mqls_per_month, 1));
      }
      await page.locator('.what-if [data-input="reset"]').click();
      assert.equal(await page.locator('.what-if [data-input="action"]').inputValue(), "");
      assert(await page.locator('.what-if [data-input="points"]').isDisabled());
      return `${looked} bars, points and prices`;
    },
    spoil: {
      "those that enter cost nothing": inScript("- price.value * lost - price.cost * entering", "- price.value * lost"),
      "bounds pass for an estimate": inScript("bounds: entering > 0 ?", "bounds: entering < 0 ?"),
      "it is not said that nobody has seen it": inScript("(tried ? OTHER_POINTS : WORDS)[row.basis]", "WORDS.emulated"),
      "the command is another one": inScript("--threshold ${rows[chosen].threshold}`", "`"),
    },
  },
  {
    name: "without prices in the project the reader's own make it work",
    needs: (about) => lacksWhatIf(about) ?? (chartOf(about).data.what_if.value_per_sql === null ? null : "the project names prices"),
    async check(about) {
      const page = await about.open();
      await page.locator('.what-if [data-input="value"]').fill("1000");
      await page.locator('.what-if [data-input="cost"]').fill("130");
      const out = await shown(page);
      assert.match(out.verdict, /^At these prices/);
      assert(await page.locator('.what-if [data-out="strip"] svg').isVisible());
    },
    spoil: { "prices are not heard": inScript('cost.addEventListener("input", () => say(update()));', "") },
  },
  {
    name: "where nothing can be tried there is no form and no data",
    needs: (about) => (about.report && !chartOf(about) ? null : "there is something to try, or no report.json"),
    async check({ html }) {
      assert(!html.includes('class="what-if"') && !html.includes('type="application/json"'));
    },
    spoil: { "a form is left": (html) => html.replace("</main>", '<div class="what-if"></div></main>') },
  },
  {
    name: "without JavaScript the page is whole: tables, charts, native tooltips, and no dead form",
    async check({ open, html }) {
      const page = await open({ js: false });
      assert(await page.locator("h1").isVisible());
      assert.equal(await page.locator("th button").count(), 0, "dead buttons");
      for (const table of await page.locator(".table table").all()) assert(await table.isVisible());
      if (/<figure/.test(html)) {
        assert(await page.locator("figure .wide svg").first().isVisible());
        assert(/<g class="hit"><rect [^>]*><title>[^<]+<\/title>/.test(html) || !/class="hit"/.test(html), "no native tooltips");
      }
      if (/class="what-if"/.test(html)) {
        assert(await page.locator(".what-if").isHidden(), "a dead form");
        assert(await page.getByText("needs JavaScript").isVisible(), "it does not say why");
      }
    },
    spoil: {
      "something is seen only by script": style("h1{visibility:hidden}"),
      "buttons are there from the start": (html) => html.replace("<h1>", "<table><tr><th><button>x</button></th></tr></table><h1>"),
    },
  },
  {
    name: "on paper: light colours in dark mode too, no inputs, nothing wider than A4, every page filled from the file",
    async check({ open, html }) {
      const page = await open({ width: 680, scheme: "dark" });
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const [ink, paper] = await page.evaluate(() => [getComputedStyle(document.querySelector("h1")).color, getComputedStyle(document.documentElement).getPropertyValue("--paper")]);
      assert.equal(paper.trim(), "#ffffff");
      assert(ink.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 90), `pale ink ${ink}`);
      const wide = await page.evaluate(() => [...document.querySelectorAll("main *")].filter((element) => element.getBoundingClientRect().right > 681 && !element.closest("svg") && element.getBoundingClientRect().width > 1).map((element) => `${element.tagName} ${element.className} in ${element.closest("[id]")?.id}`));
      assert.deepEqual(wide.slice(0, 4), []);
      if (/class="what-if"/.test(html)) {
        assert(await page.locator(".what-if .controls").isHidden(), "inputs on paper");
        assert(await page.locator(".what-if .result").first().isVisible(), "no result on paper");
      }
      if (/<nav/.test(html)) assert(await page.locator("nav").isHidden());
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      const pages = pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g)?.length ?? 0;
      assert(pages >= 1, "no pages");
      return `${pages} pages`;
    },
    spoil: {
      "dark colours are printed": (html) => html.replace("@media screen and (prefers-color-scheme:dark)", "@media (prefers-color-scheme:dark)"),
      "a table is too wide": style("table{min-width:900px}"),
      "the contents are printed": style("nav{display:block!important}"),
    },
  },
  {
    name: "nothing glides for those who asked for stillness",
    async check({ open }) {
      const still = await open({ motion: "reduce" });
      const behaviour = (page) => page.evaluate(() => [getComputedStyle(document.documentElement).scrollBehavior, [...document.querySelectorAll("a,button")].some((element) => parseFloat(getComputedStyle(element).transitionDuration) > 0)]);
      assert.deepEqual(await behaviour(still), ["auto", false]);
    },
    spoil: { "it glides always": style("html{scroll-behavior:smooth!important}") },
  },
  {
    name: "the file is below 600 kB",
    async check({ bytes }) {
      assert(bytes < 600_000, `${bytes} bytes`);
      return `${Math.round(bytes / 1000)} kB`;
    },
    spoil: { "it is padded": (html) => html + " ".repeat(600_000) },
  },
];
