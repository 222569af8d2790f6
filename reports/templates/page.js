// What the page does when it is touched: sorting, tooltips, the current section, and what-if. It holds no statistics: its
// numbers come from the JSON block, and all it does with them is to multiply by the reader's prices and to compare.
"use strict";
(() => {
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };
  const draw = (name, attributes = {}, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  };
  const announcer = make("p", { class: "unseen", role: "status" });
  document.body.append(announcer);
  const announce = (text) => { announcer.textContent = text; };

  // ---- Numbers as text: as the rest of the page writes them, by the examples in the JSON block.
  const block = document.getElementById("page-data");
  const charts = block ? JSON.parse(block.textContent) : {};
  const written = Object.values(charts)[0]?.written ?? { thousands: ",", decimal: ".", groups_four: true, percent: "\u00a0%" };
  const grouped = (value, decimals = 0) => {
    const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
    const marked = written.groups_four || whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, written.thousands) : whole;
    const digits = marked + (fraction ? written.decimal + fraction : "");
    return (value < 0 && /[1-9]/.test(digits) ? "−" : "") + digits;
  };
  const signed = (value, text) => (value > 0 && /[1-9]/.test(text) ? "+" : "") + text;
  const share = (value) => grouped(value * 100, value !== 0 && Math.abs(value) < 0.01 ? 2 : 1) + written.percent;
  const bar = (value) => grouped(value, Number.isInteger(value) ? 0 : 1);

  // ---- Tables that sort.
  const collator = new Intl.Collator("en", { numeric: true });
  /** What a cell is sorted by: a number, a text, or null where there is nothing. */
  const key = (cell) => {
    if (!cell || cell.classList.contains("none")) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const text = cell.textContent.replace(/\u2060/g, "").trim();
    return text === "" || text === "–" ? null : text;
  };
  /** Words that all begin with a number ("71 %", "−8.8 points") are sorted by it. */
  const numbers = (keys) => {
    const read = keys.map((k) => {
      if (typeof k !== "string") return k;
      const found = /^([+−-]?)\s?[€$£]?(\d[\d.,]*)(?![\d-])/.exec(k);
      // One or two digits behind the last mark are decimals, in any language; other marks part thousands.
      return found ? Number(found[2].replace(/[.,]$/, "").replace(/[.,](?=\d{1,2}$)/, "d").replace(/[.,]/g, "").replace("d", ".")) * (/[−-]/.test(found[1]) ? -1 : 1) : NaN;
    });
    return read.every((k) => k === null || Number.isFinite(k)) ? read : keys;
  };
  for (const table of document.querySelectorAll(".table table")) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    if (original.length < 2) continue;
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const label = head.textContent;
      const button = make("button", { type: "button" }, label);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const keys = numbers(original.map((row) => key(row.cells[column])));
        // Of numbers the largest are asked for first, of words the first.
        const first = keys.some((k) => typeof k === "number") ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        const order = { [first]: second, [second]: "" }[head.getAttribute("aria-sort")] ?? first;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (!order) {
          body.append(...original);
          announce(`${table.caption.textContent}: in the original order`);
          return;
        }
        head.setAttribute("aria-sort", order);
        const direction = order === "ascending" ? 1 : -1;
        const ranked = original.map((row, i) => ({ row, k: keys[i] }));
        // The sort is stable; what is missing comes last either way.
        ranked.sort((a, b) => {
          if (a.k === null || b.k === null) return (a.k === null) - (b.k === null);
          const less = typeof a.k === "number" && typeof b.k === "number" ? a.k - b.k
            : collator.compare(String(a.k), String(b.k));
          return direction * less;
        });
        body.append(...ranked.map((entry) => entry.row));
        announce(`${table.caption.textContent}: sorted by ${label}, ${order}`);
      });
    });
    table.classList.add("sorts");
  }

  // ---- Tooltips: at the pointer, at a touch, and with the arrow keys.
  const tip = make("div", { class: "tip", "aria-hidden": "true", hidden: "" });
  document.body.append(tip);
  let lit = null;
  const dim = () => { lit?.classList.remove("lit"); lit = null; };
  const hide = () => { tip.hidden = true; dim(); };
  const show = (point, x, y) => {
    if (lit !== point.element) {
      dim();
      lit = point.element;
      lit.classList.add("lit");
      const [first, ...rest] = point.text.split("\n");
      tip.replaceChildren(make("strong", {}, first), ...rest.map((line) => make("span", {}, line)));
      tip.hidden = false;
    }
    const { width, height } = tip.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(x + 14, room - width - 8));
    const above = y - height - 14;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : y + 22}px`;
  };
  const tips = (svg) => [...svg.querySelectorAll("title")].filter((title) => title.parentNode !== svg);
  for (const figure of document.querySelectorAll("figure")) {
    const drawings = [...figure.querySelectorAll("svg.chart")];
    // The texts stand in the wide drawing; the narrow one has the same places in the same order.
    const texts = drawings.length ? tips(drawings[0]).map((title) => title.textContent) : [];
    for (const svg of drawings) {
      const points = tips(svg).map((title, i) => {
        const shape = title.parentNode;
        const text = title.textContent || texts[i] || "";
        title.remove();
        return { shape, text, element: shape.parentNode.classList.contains("hit") ? shape.parentNode : shape };
      });
      if (!points.length) continue;
      const byShape = new Map(points.map((point) => [point.shape, point]));
      const under = (event) => byShape.get(event.target) ?? byShape.get(event.target.parentNode);
      svg.addEventListener("pointermove", (event) => {
        if (event.pointerType === "touch") return;
        const point = under(event);
        if (point) show(point, event.clientX, event.clientY); else hide();
      });
      svg.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hide(); });
      svg.addEventListener("click", (event) => {
        const point = under(event);
        if (point) show(point, event.clientX, event.clientY);
      });
      // One tab stop a chart; the arrow keys go from point to point.
      const stop = svg.parentNode;
      stop.tabIndex = 0;
      stop.setAttribute("role", "group");
      stop.setAttribute("aria-label", `Chart with ${points.length} points; arrow keys go from one to the next`);
      let at = -1;
      const go = (i) => {
        at = Math.max(0, Math.min(points.length - 1, i));
        const box = points[at].shape.getBoundingClientRect();
        show(points[at], box.left + box.width / 2 - 14, Math.max(box.top, 90) + Math.min(box.height / 3, 60));
        announce(points[at].text.replace(/\n/g, ", "));
      };
      stop.addEventListener("keydown", (event) => {
        const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: points.length - 1 };
        if (event.key === "Escape") hide();
        else if (event.key in to && !event.ctrlKey && !event.metaKey && !event.altKey) {
          event.preventDefault();
          go(to[event.key]);
        }
      });
      stop.addEventListener("blur", hide);
    }
  }
  document.addEventListener("click", (event) => { if (!event.target.closest?.("figure svg")) hide(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("scroll", hide, { passive: true });

  // ---- The current section in the table of contents.
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  if (links.size) {
    const parts = [...document.querySelectorAll("section.part")].filter((part) => links.has(part.id));
    let current = null;
    const mark = () => {
      const middle = window.innerHeight * 0.35;
      const past = parts.filter((part) => part.getBoundingClientRect().top <= middle).pop();
      const link = past ? links.get(past.id) : null;
      if (link === current) return;
      current?.removeAttribute("aria-current");
      link?.setAttribute("aria-current", "true");
      current = link;
      const row = link?.closest("ul");
      if (row && row.scrollWidth > row.clientWidth) row.scrollLeft = link.offsetLeft - row.clientWidth / 2 + link.offsetWidth / 2;
    };
    let waiting = false;
    document.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }

  // ---- What if: another bar, other prices.
  const WORDS = {
    observed: "Observed: today's bar. These MQLs were counted.",
    emulated: "Emulated: worked out from the score paths of MQLs that were worked, as if the bar had been here. Nothing is drawn onward, but no lead was held back in fact.",
    extrapolated: "Extrapolated: below today's bar hardly any lead was worked. These numbers are a line drawn onward, not an observation.",
  };
  const OTHER_POINTS = {
    emulated: "Emulated: today's MQLs, replayed with these points. Some would not have reached the bar, or later.",
    extrapolated: "Extrapolated in part: leads would be handed over that never were, and nobody has seen what becomes of them. The numbers are bounds: none of these leads becomes an SQL, or as many as can be at this bar.",
  };
  const SIGNS = { observed: "●", emulated: "◐", extrapolated: "◌" };
  for (const form of document.querySelectorAll(".what-if")) {
    const data = charts[form.dataset.chart];
    if (!data) continue;
    const { rows: bars, asked, cards } = data.what_if;
    const own = { value: data.what_if.value_per_sql, cost: data.what_if.sales_cost_per_mql };
    const now = bars.find((row) => row.basis === "observed");
    /** The bars that can be tried: with today's points, or with other points of one action. */
    let rows = bars;
    const withPoints = (list) => list.map(([threshold, mqls, low, high, leaving, lost, entering, most, from, to]) => {
      const sqls = entering > 0 ? null : low;
      const over = (n) => (mqls > 0 ? Math.min(1, n / mqls) : null);
      return {
        threshold, mqls_per_month: mqls, sqls_per_month: sqls, bounds: entering > 0 ? { sqls: [low, high], rate: [over(low), over(high)] } : null,
        rate: sqls === null ? null : over(sqls), moved_rate: null, moves: { leaving, lost, entering, most },
        gain_per_month: from === null ? null : [null, from, to], probability_better: null, basis: entering > 0 ? "extrapolated" : "emulated",
      };
    });
    const input = (name) => form.querySelector(`[data-input="${name}"]`);
    const out = (name, text) => {
      const place = form.querySelector(`[data-out="${name}"]`);
      // A sign stays with its currency, a range with its dash.
      if (place) place.textContent = text.replace(/–(?=[\d€$£])/g, "\u2060–\u2060").replace(/([−+])(?=[€$£])/g, "$1\u2060");
    };
    const money = (value) => {
      const decimals = Math.abs(value) < 10 && Math.abs(value % 1) > 0.004 ? 2 : 0;
      const digits = grouped(value, decimals);
      const isLess = digits.startsWith("−");
      return data.written.money[isLess ? 1 : 0].replace("11", () => digits.replace("−", ""));
    };
    const spread = (low, high) => `${money(low)} to ${money(high)}`;
    const slider = input("slider"), number = input("threshold"), value = input("value"), cost = input("cost");
    const select = input("action"), points = input("points");
    slider.min = 0;
    slider.step = 1;
    number.step = "any";
    const show_rows = (list) => {
      rows = list;
      slider.max = rows.length - 1;
      number.min = rows[0].threshold;
      number.max = rows.at(-1).threshold;
    };
    show_rows(bars);
    /** The action whose points are tried, and its points; null while all are as today. */
    let tried = null;

    /** The reader's prices; null while one of them is missing. */
    const prices = () => {
      const read = (field) => (field.value.trim() === "" || !(field.valueAsNumber >= 0) ? null : field.valueAsNumber);
      const [v, c] = [read(value), read(cost)];
      return v === null || c === null ? null : { value: v, cost: c };
    };
    /** Gain per month by the SQLs counted so far, not as expected from now on: what other points are reckoned by. */
    const counted = (row, price) => price.cost * (now.mqls_per_month - row.mqls_per_month) - price.value * (now.sqls_per_month - row.sqls_per_month);
    /** The ends between which the gain of other points lies: those that enter bring nothing, or as much as can be. */
    const ends = (row, price) => {
      const { leaving, lost, entering, most } = row.moves;
      // At the project's prices the range of what leaves is known, too.
      if (entering > 0 && isOwn(price) && row.gain_per_month) return row.gain_per_month.slice(1);
      const known = price.cost * leaving - price.value * lost - price.cost * entering;
      return [known, known + price.value * most];
    };
    /** Gain per month against today: the leads that move, times what one of them brings less what it costs. */
    const gain = (row, price) => {
      if (row === now) return 0;
      if (row.moves) {
        const [low, high] = ends(row, price);
        return low === high ? low : null;
      }
      if (row.moved_rate === null) return null;
      return (row.mqls_per_month - now.mqls_per_month) * (price.value * row.moved_rate - price.cost);
    };
    const isOwn = (price) => price !== null && price.value === own.value && price.cost === own.cost;
    /** The best bar among those that were observed or emulated, and the neighbours that are as good. */
    const best = (price) => {
      if (tried) return { gains: rows.map((row) => gain(row, price)), ends: rows.map((row) => ends(row, price)) };
      const trouble = data.what_if.moving_costs_mqls * price.cost;
      const gains = rows.map((row) => gain(row, price));
      const worked = (i) => rows[i].basis !== "extrapolated" && gains[i] !== null;
      let top = rows.indexOf(now);
      const today = top;
      gains.forEach((g, i) => { if (worked(i) && g > gains[top]) top = i; });
      const most = gains[top];
      if (most <= trouble) top = today;
      const belongs = (i) => gains[i] !== null && gains[i] >= most - trouble && (worked(i) || gains[i] <= most + trouble);
      let [low, high] = [top, top];
      while (low > 0 && belongs(low - 1)) low -= 1;
      while (high + 1 < rows.length && belongs(high + 1)) high += 1;
      const below = rows.findIndex((row, i) => row.basis === "extrapolated" && gains[i] !== null && gains[i] > most + trouble);
      if (isOwn(price) && data.plateau) {
        const find = (threshold) => rows.findIndex((row) => row.threshold === threshold);
        const [from, to, advised] = [...data.plateau, data.suggested ?? data.current].map(find);
        if (from >= 0 && to >= 0 && advised >= 0) [low, high, top] = [from, to, advised];
      }
      return { top, low, high, gains, trouble, below };
    };

    /** What other points bring against today's, in a sentence. */
    const other = (row, price) => {
      const which = `With ${bar(tried.points)} points for ${tried.action.name} and a bar of ${bar(row.threshold)}`;
      const [low, high] = ends(row, price);
      const { entering, leaving, lost } = row.moves;
      const said = [];
      const alone = bars.find((other) => other.threshold === row.threshold && other !== now);
      // Where little of the width comes from leads that enter, working some would settle little.
      const settles = price.value * row.moves.most > (high - low) / 2;
      if (low === high) {
        said.push(`${which}: ${money(Math.abs(low))} a month ${low < 0 ? "less" : "more"} than today, by ${grouped(leaving, 1)} MQLs and ${grouped(lost, 1)} SQLs fewer.`);
        const range = isOwn(price) ? row.gain_per_month : null;
        if (range && range[1] < 0 && range[2] > 0) said.push("The range reaches over 0, so whether it is better is not settled.");
      } else {
        said.push(`${which}: between ${money(low)} and ${money(high)} a month against today. ${grouped(entering, 1)} MQLs a month would be handed over that never were.`);
        said.push(low > 0 ? "Even if none of them became an SQL, it would pay." : high < 0 ? "Even at best it would not pay." : settles ? "Whether it pays, only working some such leads can tell." : "The range reaches over 0, so whether it is better is not settled.");
      }
      if (alone) said.push(`By the same count, today's points with this bar: ${signed(counted(alone, price), money(counted(alone, price)))}.`);
      return said.join(" ");
    };
    /** A sentence on the best bar, and one on what the report's own rule says. */
    const verdict = (price, found) => {
      if (!price) return "Fill in what an SQL is worth and what an MQL costs sales: then the profit and the best bar appear.";
      if (price.cost >= price.value) return "An SQL would have to be worth more than sales spends on one MQL: at these prices no bar pays.";
      if (tried) return other(rows[chosen], price);
      const { top, low, high, gains, trouble, below } = found;
      const flat = low === high ? "No neighbour is as good." : `${bar(rows[low].threshold)} to ${bar(rows[high].threshold)} are equally good: they differ by less than moving the bar must gain to be worth it (${money(trouble)} a month).`;
      const said = [];
      if (isOwn(price)) {
        said.push(rows[top] === now ? `At the project's prices the bar of ${bar(now.threshold)} stays best.` : `At the project's prices ${bar(rows[top].threshold)} is advised, ${money(gains[top])} a month more than today.`, flat);
      } else if (rows[top] === now) {
        said.push(`At these prices keep ${bar(now.threshold)}: no higher bar gains more than the trouble of moving.`, flat);
      } else {
        const more = top === rows.length - 1 ? ", or a higher one than can be tried here," : "";
        said.push(`At these prices ${bar(rows[top].threshold)}${more} brings most: ${money(gains[top])} a month more than today.`, flat);
      }
      if (below >= 0 && !isOwn(price)) said.push("A lower bar looks better still, but that is a line drawn onward: only working some leads below the bar can tell.");
      const told = asked.find((entry) => entry.value_per_sql === price.value && price.cost === own.cost);
      if (told) said.push(`The report's own rule, which also weighs the chances anew, advises ${bar(told.threshold)} at these prices.`);
      else if (!isOwn(price)) said.push("This is plain arithmetic on the table below; its ranges and chances hold for the project's prices.");
      return said.join(" ");
    };

    // The profit of each bar as a strip under the slider: how flat the top is, is seen at once.
    const strip = form.querySelector('[data-out="strip"]');
    const paint = (chosen, price, found) => {
      strip.hidden = !found;
      if (!found) return;
      const [width, height] = [strip.clientWidth, 158];
      if (!width) return;
      const top = 26, bottom = height - 22;
      const wide = Math.max(3, Math.min(28, (width / rows.length) * 0.62));
      const edge = wide / 2 + 6;
      const x = (i) => edge + ((width - 2 * edge) * i) / (rows.length - 1);
      const known = found.ends ? found.ends.flat() : found.gains.filter((g) => g !== null);
      const most = Math.max(...known, 0), least = Math.min(...known, 0);
      // Deep losses are cut, or the top of the hill would not be seen.
      // Wide bounds, too, or nothing could be told of what is known.
      const sure = found.ends ? Math.max(...found.gains.map((g) => Math.abs(g ?? 0))) : 0;
      const roof = sure > 0 ? Math.min(most, 3 * sure) : most;
      const floor = Math.max(least, sure > 0 ? -3 * sure : most > 0 ? -1.5 * most : least);
      const y = (g) => top + ((roof - Math.min(Math.max(g, floor), roof)) / (roof - floor || 1)) * (bottom - top);
      const cut = (i, at) => draw("path", { class: "s-paper", d: `M${x(i) - wide / 2 - 3} ${at}l${wide + 6} -5`, "stroke-width": 3, fill: "none" });
      const svg = draw("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}` });
      const { low, high } = found;
      if (!found.ends) svg.append(draw("rect", { class: "f-band", "fill-opacity": ".16", rx: 3, x: x(low) - wide / 2 - 4, y: top - 6, width: x(high) - x(low) + wide + 8, height: bottom - top + 12 }));
      svg.append(draw("text", { class: "name", x: 0, y: 11 }, found.ends ? "Profit a month against today, by bar; dotted: bounds" : "Profit a month against today, by bar; shaded: equally good"));
      rows.forEach((row, i) => {
        const g = found.gains[i];
        if (g === null && found.ends) {
          const [a, b] = [y(found.ends[i][1]), y(found.ends[i][0])];
          svg.append(draw("rect", { class: `profit extrapolated${i === chosen ? " chosen" : ""}`, x: x(i) - wide / 2, y: a, width: wide, height: Math.max(b - a, 1.5), rx: 1.5 }));
          if (found.ends[i][0] < floor) svg.append(cut(i, bottom - 6));
          if (found.ends[i][1] > roof) svg.append(cut(i, top + 11));
        }
        if (g === null) return;
        const [a, b] = [y(Math.max(g, 0)), y(Math.min(g, 0))];
        const state = `${row.basis}${g < 0 ? " loss" : ""}${i === chosen ? " chosen" : ""}`;
        svg.append(draw("rect", { class: `profit ${state}`, x: x(i) - wide / 2, y: a, width: wide, height: Math.max(b - a, 1.5), rx: 1.5 }));
        if (g < floor) svg.append(cut(i, bottom - 6));
      });
      svg.append(draw("path", { class: "s-axis", d: `M0 ${y(0)}H${width}`, "stroke-width": 1 }));
      const today = rows.findIndex((row) => row.threshold === now.threshold);
      const named = new Map([[chosen, "tried"], [today, "now"]]);
      for (const [i, kind] of named) {
        if (i < 0) continue;
        const anchor = x(i) < 40 ? "start" : x(i) > width - 40 ? "end" : "middle";
        // The names of neighbours would run into each other: then the one that is tried is named.
        if (kind === "now" && i !== chosen && Math.abs(x(i) - x(chosen)) < 64) continue;
        const text = i === today ? `Today ${bar(rows[i].threshold)}` : bar(rows[i].threshold);
        svg.append(draw("text", { class: kind, x: anchor === "start" ? 0 : anchor === "end" ? width : x(i), y: height - 4, "text-anchor": anchor }, text));
      }
      strip.replaceChildren(svg);
      strip.onclick = (event) => {
        const at = event.clientX - strip.getBoundingClientRect().left;
        choose(Math.round(((at - edge) / (width - 2 * edge)) * (rows.length - 1)));
      };
    };

    // The tried bar in the panels of the chart itself.
    const figure = document.getElementById(`chart-${form.dataset.chart}`);
    const follow = (row, atOwnPrices) => {
      for (const width of ["wide", "narrow"]) {
        const svg = figure?.querySelector(`.${width} svg`);
        const panels = data.panels[width];
        if (!svg || !panels.length) continue;
        svg.querySelector(".tried")?.remove();
        const [first, last] = [panels[0], panels.at(-1)];
        if (row.threshold < first.from || row.threshold > first.to) continue;
        const x = first.x[0] + ((row.threshold - first.from) / (first.to - first.from)) * (first.x[1] - first.x[0]);
        const group = draw("g", { class: `tried ${row.basis}`, "aria-hidden": "true" });
        group.append(draw("path", { d: `M${x} ${first.y[0]}V${last.y[1]}` }));
        const values = [row.marginal_rate, row.mqls_per_month, atOwnPrices && row !== now ? row.gain_per_month?.[0] : null];
        panels.forEach((panel, i) => {
          const v = values[i];
          if (v === null || v === undefined) return;
          const share = Math.max(0, Math.min(1, (v - panel.lo) / (panel.hi - panel.lo)));
          group.append(draw("circle", { cx: x, cy: panel.y[1] - share * (panel.y[1] - panel.y[0]), r: 4.5 }));
        });
        svg.insertBefore(group, svg.querySelector(".hits"));
      }
    };

    const compareCards = (price) => {
      if (cards.length !== 2) return;
      const profits = cards.map((card) => (price ? card.sqls_per_month.map((sqls) => price.value * sqls - price.cost * card.mqls_per_month) : null));
      const rates = cards.map((card) => card.sqls_per_month[0] / card.mqls_per_month);
      cards.forEach((card, i) => {
        out(`card-name-${i}`, `${card.name}, bar ${bar(card.threshold)}`);
        out(`card-mqls-${i}`, grouped(card.mqls_per_month, 1));
        out(`card-sqls-${i}`, `${grouped(card.sqls_per_month[0], 1)} (${grouped(card.sqls_per_month[1], 1)}–${grouped(card.sqls_per_month[2], 1)})`);
        out(`card-rate-${i}`, share(rates[i]));
        out(`card-profit-${i}`, profits[i] ? `${money(profits[i][0])} (${spread(profits[i][1], profits[i][2])})` : "needs prices");
      });
      const [a, b] = cards;
      const change = (difference, decimals) => signed(difference, grouped(difference, decimals));
      out("card-mqls-change", change(b.mqls_per_month - a.mqls_per_month, 1));
      out("card-sqls-change", change(b.sqls_per_month[0] - a.sqls_per_month[0], 1));
      out("card-rate-change", change(100 * (rates[1] - rates[0]), 1) + " pt");
      const more = price ? profits[1][0] - profits[0][0] : null;
      out("card-profit-change", more === null ? "needs prices" : signed(more, money(more)));
      out("card-note", `In brackets the 90${written.percent} range. ${share(b.never_worked_share)} of the MQLs by the suggested points were never handed to sales: what those bring is drawn onward. These points follow all leads that are known long enough, so today's figures differ a little from the ones above.`);
    };

    let saying = 0;
    const say = (text) => {
      clearTimeout(saying);
      saying = setTimeout(() => out("said", text), 500);
    };
    let chosen = 0;
    const update = () => {
      const row = rows[chosen];
      const price = prices();
      const pays = price !== null && price.value > price.cost;
      const found = pays ? best(price) : null;
      slider.value = chosen;
      slider.setAttribute("aria-valuetext", `${bar(row.threshold)}, ${row.basis}`);
      if (document.activeElement !== number) number.value = row.threshold;
      const text = (v, decimals = 1) => grouped(v, decimals);
      const change = (v) => (row === now ? "–" : signed(v, grouped(v, 1)));
      out("current", bar(now.threshold));
      out("tried", bar(row.threshold) + (tried ? `, ${tried.action.name} ${bar(tried.points)}` : ""));
      out("mqls-now", text(now.mqls_per_month));
      out("mqls", text(row.mqls_per_month));
      out("mqls-change", change(row.mqls_per_month - now.mqls_per_month));
      out("sqls-now", text(now.sqls_per_month));
      const between = (low, high, write) => `${write(low)} to ${write(high)}`;
      const shift = (v) => signed(v, grouped(v, 1));
      const bounds = row.bounds;
      out("sqls", bounds ? between(...bounds.sqls, text) : text(row.sqls_per_month));
      out("sqls-change", bounds ? between(...bounds.sqls.map((v) => v - now.sqls_per_month), shift) : change(row.sqls_per_month - now.sqls_per_month));
      out("rate-now", now.rate === null ? "–" : share(now.rate));
      const rated = bounds && bounds.rate[0] !== null ? bounds.rate : null;
      out("rate", rated ? between(...rated, share) : row.rate === null ? "–" : share(row.rate));
      out("rate-change", rated && now.rate !== null ? between(...rated.map((v) => 100 * (v - now.rate)), shift) + " pt" : row === now || row.rate === null || now.rate === null ? "–" : change(100 * (row.rate - now.rate)) + " pt");
      out("profit-now", price ? money(0) : "–");
      const profit = price ? gain(row, price) : null;
      const paid = (v) => signed(v, money(v));
      const open = price && bounds ? ends(row, price) : null;
      out("profit", price ? (open ? between(...open, paid) : profit === null ? "–" : paid(profit)) : "needs prices");
      const range = isOwn(price) && row !== now && !open ? row.gain_per_month : null;
      out("profit-range", open ? "bounds" : range ? `90${written.percent} range ${spread(range[1], range[2])}` : "–");
      form.querySelector(".profit")?.classList.toggle("loss", profit !== null && profit < 0);
      const basis = form.querySelector('[data-out="basis"]');
      if (basis) {
        basis.className = `basis ${row.basis}`;
        basis.replaceChildren(make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[row.basis]), (tried ? OTHER_POINTS : WORDS)[row.basis]);
      }
      if (tried) {
        out("moved", "One action at a time, all others as they are today. Leads that come later by these points cost some SQLs; that is taken off.");
      } else if (row === now || row.moved_rate === null) {
        out("moved", "Move the bar to see which leads it would take out or in.");
      } else {
        const moved = row.mqls_per_month - now.mqls_per_month;
        const [what, would] = moved < 0 ? ["fewer", "would have become SQLs"] : ["more", "would become SQLs"];
        const chance = isOwn(price) && row.probability_better !== null ? ` Chance that it is better than today's bar: ${grouped(Math.max(1, Math.min(99, 100 * row.probability_better)))}${written.percent}.` : "";
        const level = pays ? ` At these prices a lead pays from ${share(price.cost / price.value)} on, so as expected ${(price.value * row.moved_rate > price.cost) === (moved > 0) ? "the move pays" : "the move does not pay"}.` : "";
        out("moved", `Of the ${grouped(Math.abs(moved), 1)} MQLs ${what} a month ${share(row.moved_rate)} ${would}, as expected from now on.${level}${chance}${price ? ` SQLs in the table are those counted so far; by them the move would bring ${signed(counted(row, price), money(counted(row, price)))} a month.` : ""}`);
      }
      told();
      const sentence = verdict(price, found);
      out("verdict", sentence);
      paint(chosen, price, found);
      follow(row, isOwn(price));
      compareCards(price);
      return `${tried ? `${tried.action.name} ${bar(tried.points)}, bar ` : ""}${bar(row.threshold)}: ${text(row.mqls_per_month)} MQLs, ${bounds ? between(...bounds.sqls, text) : text(row.sqls_per_month)} SQLs a month${profit === null ? "" : `, profit ${signed(profit, money(profit))}`}. ${sentence}`;
    };
    const choose = (i) => {
      chosen = Math.max(0, Math.min(rows.length - 1, i));
      say(update());
    };
    const nearest = (threshold) => rows.reduce((near, row, i) => (Math.abs(row.threshold - threshold) < Math.abs(rows[near].threshold - threshold) ? i : near), 0);
    slider.addEventListener("input", () => choose(Number(slider.value)));
    number.addEventListener("input", () => { if (Number.isFinite(number.valueAsNumber)) choose(nearest(number.valueAsNumber)); });
    number.addEventListener("change", () => { number.value = rows[chosen].threshold; });
    value.addEventListener("input", () => say(update()));
    cost.addEventListener("input", () => say(update()));
    // Points of one action: all that were worked out, and today's, which give back the bars as they are.
    const values = (action) => [...action.points.map((entry) => entry.points), action.now].sort((a, b) => a - b);
    const quoted = (text) => (/^[\w.=-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);
    const apply = () => {
      const action = select && select.value !== "" ? data.actions[Number(select.value)] : null;
      const at = rows[chosen].threshold;
      tried = null;
      points.disabled = !action;
      if (action) {
        const all = values(action);
        const count = all[Number(points.value)];
        const entry = action.points.find((one) => one.points === count);
        if (entry) tried = { action, points: count };
        points.setAttribute("aria-valuetext", `${bar(count)} points${count === action.now ? ", as today" : ""}`);
        out("points", `${bar(count)} points${count === action.now ? ", as today" : ""}`);
        show_rows(entry ? withPoints(entry.bars) : bars);
      } else {
        out("points", "");
        show_rows(bars);
      }
      const command = form.querySelector('[data-part="command"]');
      command.hidden = !tried;
      chosen = nearest(at);
      number.value = rows[chosen].threshold;
    };
    const told = () => {
      if (tried) out("command", `leadgauge simulate --points ${quoted(`${tried.action.name}=${tried.points}`)} --threshold ${rows[chosen].threshold}`);
    };
    select?.addEventListener("change", () => {
      const action = data.actions[Number(select.value)];
      if (select.value !== "") {
        const all = values(action);
        points.min = 0;
        points.max = all.length - 1;
        // The first that is less than today's: that is where a question has an answer.
        points.value = Math.max(0, all.indexOf(action.now) - 1);
        // Held against today's bar first, so that one thing is changed at a time.
        chosen = nearest(now.threshold);
      }
      apply();
      say(update());
    });
    points?.addEventListener("input", () => { apply(); say(update()); });
    const start = () => {
      if (select) {
        select.value = "";
        apply();
      }
      value.value = own.value ?? "";
      cost.value = own.cost ?? "";
      chosen = nearest(data.suggested ?? data.current);
      number.value = rows[chosen].threshold;
    };
    input("reset")?.addEventListener("click", () => { start(); say(update()); });
    start();
    figure?.querySelector(".unscripted")?.remove();
    form.hidden = false;
    update();
    new ResizeObserver(update).observe(strip);
  }
})();
