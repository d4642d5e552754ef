"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const plot = byId("plot"), tip = byId("tip");
  const LEFT = 74, RIGHT = 18, TOP = 30, PATTERN = 300, LABELS = 58, ROW = 16, GAP = 12, RESIDUAL = 150, BOTTOM = 40;
  const wavelength = data.wavelength;

  // Horizontal axes: everything is stored in q2 = 1/d² and turned into the axis chosen.
  const DEGREE = 180 / Math.PI;
  const axes = {
    q: { name: "q = 1/d (1/Å)", of: Math.sqrt, back: (x) => x * x },
    q2: { name: "q² = 1/d² (1/Å²)", of: (q2) => q2, back: (x) => x },
  };
  if (wavelength) axes.two_theta = {
    name: `2θ (°), λ = ${+wavelength.toPrecision(6)} Å`,
    of: (q2) => 2 * DEGREE * Math.asin(Math.min(1, wavelength * Math.sqrt(q2) / 2)),
    back: (x) => (2 * Math.sin(x / DEGREE / 2) / wavelength) ** 2,
  };

  // Residuals, observed minus calculated: each is the difference in q2 times a factor that depends on q2.
  const residuals = {
    q2: { name: "Δq² (10⁻⁵ Å⁻²)", factor: () => 1e5 },
    d: { name: "Δd/d (%)", factor: (q2) => -50 / q2 },
    sigma: { name: "Δq²/σ", factor: (q2, sigma) => 1 / sigma },
  };
  if (wavelength) residuals.two_theta = {
    name: "Δ2θ (°)",
    factor: (q2) => { const s = wavelength * Math.sqrt(q2) / 2; return wavelength ** 2 * DEGREE / (4 * s * Math.sqrt(Math.max(1e-9, 1 - s * s))); },
  };

  const startAxis = data.unit === "two_theta" && wavelength ? "two_theta" : "q";
  const state = { index: 0, axis: startAxis, scale: "sqrt", residual: startAxis === "two_theta" ? "two_theta" : "q2", hot: null, drag: null };
  const solution = () => data.solutions[state.index];
  const escapeText = (text) => String(text).replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" }[c]));
  const nearest = (sorted, value) => sorted.reduce((best, x, i) => Math.abs(x - value) < Math.abs(sorted[best] - value) ? i : best, 0);

  const usedRange = () => {
    const used = solution() ? solution().q2_obs : data.peaks.q2;
    const last = Math.sqrt(used[used.length - 1]) * 1.04, first = Math.sqrt(used[0]);
    return [Math.max(0, first - 0.08 * last) ** 2, last * last];
  };
  const wholeRange = () => {
    const all = data.peaks.q2.concat(data.pattern ? [data.pattern.q2[0], data.pattern.q2[data.pattern.q2.length - 1]] : []);
    return [Math.min(...all) * 0.96, Math.max(...all) * 1.02];
  };
  state.view = usedRange();

  const curveAt = (q2) => {
    const x = data.pattern.q2, y = data.pattern.y;
    let low = 0, high = x.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (x[middle] > q2) high = middle; else low = middle; }
    return y[low] + (y[high] - y[low]) * Math.min(1, Math.max(0, (q2 - x[low]) / (x[high] - x[low] || 1)));
  };
  // The highest point of the curve within a line's width: a marker must not sit on the flank.
  const peakHeight = (i) => data.pattern ? curveAt(data.peaks.q2[i]) : data.peaks.y[i];

  // The peaks as the solution sees them: used ones first come with Miller indices and residual, others without.
  const peaksOf = (chosen) => {
    const rows = data.peaks.q2.map((q2, i) => ({ i, q2, sigma: data.peaks.sigma[i], height: peakHeight(i), used: false }));
    if (chosen) chosen.q2_obs.forEach((q2, k) => {
      const row = rows[nearest(data.peaks.q2, q2)];
      Object.assign(row, { used: true, indexed: chosen.indexed[k], hkl: chosen.hkl[k], calc: chosen.q2_calc[k], sigma: chosen.sigma[k], obs: q2 });
    });
    return rows;
  };
  const matchedLines = (chosen) => {
    const matched = new Set();
    chosen.q2_calc.forEach((q2, k) => { if (chosen.indexed[k]) matched.add(nearest(chosen.lines, q2)); });
    return matched;
  };

  const niceStep = (span, count) => {
    const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
    return power * [1, 2, 5, 10].find((m) => m * power >= raw);
  };
  const ticks = (low, high, count) => {
    const step = niceStep(high - low, count), decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const found = [];
    for (let k = Math.ceil(low / step); k * step <= high + 1e-12; k++) found.push([k * step, minus((k * step).toFixed(decimals))]);
    return found;
  };
  // Round d values, the roundest first, as many as have room.
  const dTicks = (x) => {
    const dHigh = Math.min(200, 1 / Math.sqrt(Math.max(state.view[0], 1e-9))), dLow = 1 / Math.sqrt(state.view[1]);
    const found = [];
    for (const [step, decimals] of [[10, 0], [5, 0], [2, 0], [1, 0], [0.5, 1], [0.2, 1], [0.1, 1], [0.05, 2], [0.02, 2], [0.01, 2], [0.005, 3], [0.002, 3], [0.001, 3]]) {
      if ((dHigh - dLow) / step > 3000) continue;
      for (let k = Math.ceil(dLow / step); k * step <= dHigh; k++) {
        const at = x(1 / (k * step) ** 2);
        if (at > LEFT + 14 && found.every(([other]) => Math.abs(other - at) > (decimals ? 76 : 46))) found.push([at, (k * step).toFixed(decimals)]);
      }
    }
    return found;
  };

  const residualOf = (peak) => (peak.obs - peak.calc) * residuals[state.residual].factor(peak.q2, peak.sigma);
  const errorOf = (peak) => Math.abs(peak.sigma * residuals[state.residual].factor(peak.q2, peak.sigma));
  const minus = (text) => text.replace(/-/g, "−");
  const fixed = (value, decimals) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(decimals);
  const signed = (value, digits) => (value < 0 ? "−" : "+") + Math.abs(value).toPrecision(digits);

  let scene = null; // what the pointer needs to know about the last drawing

  function draw() {
    const width = Math.max(420, plot.clientWidth - 2), inner = width - LEFT - RIGHT;
    const axis = axes[state.axis], low = axis.of(state.view[0]), high = axis.of(state.view[1]);
    const x = (q2) => LEFT + (axis.of(q2) - low) / (high - low) * inner;
    const inside = (q2) => q2 >= state.view[0] && q2 <= state.view[1];
    const chosen = solution(), peaks = peaksOf(chosen).filter((peak) => inside(peak.q2));
    const shown = data.solutions.slice(0, 5);
    if (chosen && !shown.includes(chosen)) shown.push(chosen);
    const rowsTop = TOP + PATTERN + GAP, rowsHeight = shown.length * ROW;
    const residualTop = rowsTop + rowsHeight + (chosen ? GAP : 0), residualHeight = chosen ? RESIDUAL : 0;
    const bottom = residualTop + residualHeight, height = bottom + BOTTOM;
    const out = [];
    const line = (x1, y1, x2, y2, cls) => out.push(`<path class="${cls}" d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}"/>`);
    const text = (tx, ty, content, anchor, cls = "", extra = "") => out.push(`<text x="${tx.toFixed(1)}" y="${ty.toFixed(1)}" text-anchor="${anchor}" class="${cls}" ${extra}>${escapeText(content)}</text>`);

    for (const [value, label] of ticks(low, high, Math.max(4, inner / 110))) {
      const at = LEFT + (value - low) / (high - low) * inner;
      line(at, TOP, at, bottom, "grid");
      text(at, bottom + 16, label, "middle");
    }
    text(LEFT + inner / 2, bottom + 33, axis.name, "middle", "dim");
    for (const [at, label] of dTicks(x)) { line(at, TOP - 5, at, TOP, "zero"); text(at, TOP - 9, label, "middle"); }
    text(LEFT - 8, TOP - 9, "d (Å)", "end", "dim");

    out.push(`<clipPath id="inner"><rect x="${LEFT}" y="${TOP}" width="${inner}" height="${bottom - TOP}"/></clipPath><g clip-path="url(#inner)">`);
    drawPattern(line, text, out, { x, peaks, chosen });
    drawRows(line, { x, shown, rowsTop, inside });
    if (chosen) drawResiduals(line, text, out, { x, peaks, residualTop, right: LEFT + inner });
    if (state.hot !== null) line(x(data.peaks.q2[state.hot]), TOP, x(data.peaks.q2[state.hot]), bottom, "hover");
    if (state.drag) {
      const [from, to] = [state.drag.from, state.drag.to].sort((a, b) => a - b);
      out.push(`<rect class="select" x="${from}" y="${TOP}" width="${to - from}" height="${bottom - TOP}"/>`);
    }
    out.push("</g>");

    shown.forEach((one, k) => text(LEFT - 8, rowsTop + k * ROW + 12, one.name, "end", one === chosen ? "row on" : "row", `data-index="${data.solutions.indexOf(one)}"`));
    text(18, TOP + PATTERN / 2, data.pattern || data.has_intensity ? `intensity${state.scale === "sqrt" ? " (√)" : ""}` : "lines", "middle", "dim", `transform="rotate(-90 18 ${TOP + PATTERN / 2})"`);
    out.push(`<rect class="frame" x="${LEFT}" y="${TOP}" width="${inner}" height="${PATTERN}"/>`);
    if (chosen) residualAxis(line, text, out, { residualTop, inner });
    plot.innerHTML = `<svg width="${width}" height="${height}" role="img" aria-label="pattern with observed and calculated lines">${out.join("")}</svg>`;
    scene = { x, inner, low, high, axis, peaks, rowsTop, rowsHeight, shown };
  }

  function drawPattern(line, text, out, { x, peaks, chosen }) {
    const base = TOP + PATTERN, room = PATTERN - LABELS;
    const scale = state.scale === "sqrt" ? (v) => Math.sqrt(Math.max(0, v)) : (v) => v;
    const curve = data.pattern;
    const visible = curve ? curve.y.filter((_, i) => curve.q2[i] >= state.view[0] && curve.q2[i] <= state.view[1]) : peaks.map((peak) => peak.height);
    let lowest = curve ? visible.reduce((a, b) => Math.min(a, b), Infinity) : 0;
    if (!isFinite(lowest)) lowest = 0;
    const bottomValue = scale(lowest), topValue = Math.max(visible.reduce((a, b) => Math.max(a, scale(b)), -Infinity), bottomValue + 1e-12);
    const y = (v) => base - 4 - (scale(v) - bottomValue) / (topValue - bottomValue) * (room - 14);
    if (chosen) chosen.lines.forEach((q2) => line(x(q2), TOP + LABELS, x(q2), base, "guide"));
    if (curve) {
      const points = [];
      curve.q2.forEach((q2, i) => { if (q2 > state.view[0] * 0.98 && q2 < state.view[1] * 1.02) points.push(`${x(q2).toFixed(1)} ${y(curve.y[i]).toFixed(1)}`); });
      out.push(`<path class="curve" d="M${points.join("L")}"/>`);
    } else peaks.forEach((peak) => line(x(peak.q2), base, x(peak.q2), y(peak.height), "stick"));
    let lastLabel = -Infinity;
    for (const peak of peaks) {
      const px = x(peak.q2), py = Math.max(TOP + LABELS - 2, y(peak.height) - 5);
      marker(out, peak, px, py);
      if (peak.indexed && px - lastLabel > 11) {
        text(px + 4, TOP + LABELS - 14, minus(peak.hkl.join(" ")), "start", "hkl", `transform="rotate(-90 ${(px + 4).toFixed(1)} ${TOP + LABELS - 14})"`);
        lastLabel = px;
      }
    }
  }

  function marker(out, peak, px, py) {
    if (solution() && !peak.used) out.push(`<circle class="unused" cx="${px.toFixed(1)}" cy="${(py - 4).toFixed(1)}" r="3"/>`);
    else if (solution() && !peak.indexed) out.push(`<path class="unindexed" d="M${(px - 4).toFixed(1)} ${(py - 8).toFixed(1)}l8 8m0 -8l-8 8"/>`);
    else out.push(`<path class="indexed" d="M${(px - 4).toFixed(1)} ${(py - 8).toFixed(1)}h8l-4 8z"/>`);
  }

  function drawRows(line, { x, shown, rowsTop, inside }) {
    shown.forEach((one, k) => {
      const matched = matchedLines(one), end = rowsTop + (k + 1) * ROW - 2;
      one.lines.forEach((q2, i) => { if (inside(q2)) line(x(q2), end - (matched.has(i) ? 12 : 5), x(q2), end, one === solution() ? "calc" : "other"); });
    });
  }

  // Room for every indexed line with its bar, but one huge bar (a first line, say) may not flatten the others.
  function residualLimit() {
    const used = peaksOf(solution()).filter((peak) => peak.used);
    const errors = used.map(errorOf).sort((a, b) => a - b), usual = errors[errors.length >> 1] || 0;
    const reach = used.filter((peak) => peak.indexed).map((peak) => Math.abs(residualOf(peak)) + Math.min(errorOf(peak), 3 * usual));
    return 1.08 * Math.max(...reach, 2 * usual, 1e-9);
  }

  function drawResiduals(line, text, out, { x, peaks, residualTop, right }) {
    const limit = residualLimit(), middle = residualTop + RESIDUAL / 2;
    const y = (v) => middle - Math.max(-1.2, Math.min(1.2, v / limit)) * RESIDUAL / 2;
    for (const [value] of ticks(-limit, limit, 4)) line(LEFT, y(value), right, y(value), "grid");
    line(LEFT, middle, right, middle, "zero");
    for (const peak of peaks.filter((one) => one.used)) {
      const px = x(peak.q2), value = residualOf(peak), error = errorOf(peak), kind = peak.indexed ? "good" : "wrong";
      if (Math.abs(value) > limit) { // outside: an arrow at the edge
        const up = value > 0 ? 1 : -1, edge = middle - up * (RESIDUAL / 2 - 3);
        out.push(`<path class="${peak.indexed ? "indexed" : "unindexed"}" d="M${(px - 4).toFixed(1)} ${edge + up * 7}L${px.toFixed(1)} ${edge}L${(px + 4).toFixed(1)} ${edge + up * 7}"/>`);
        continue;
      }
      line(px, y(value - error), px, y(value + error), `bar ${kind}`);
      for (const end of [value - error, value + error]) if (Math.abs(end) <= limit) line(px - 3, y(end), px + 3, y(end), `bar ${kind}`);
      if (peak.indexed) out.push(`<circle class="indexed" cx="${px.toFixed(1)}" cy="${y(value).toFixed(1)}" r="3.2"/>`);
      else out.push(`<path class="unindexed" d="M${(px - 4).toFixed(1)} ${(y(value) - 4).toFixed(1)}l8 8m0 -8l-8 8"/>`);
    }
  }

  function residualAxis(line, text, out, { residualTop, inner }) {
    const limit = residualLimit(), middle = residualTop + RESIDUAL / 2;
    for (const [value, label] of ticks(-limit, limit, 4)) {
      const at = middle - value / limit * RESIDUAL / 2;
      if (at > residualTop + 5 && at < residualTop + RESIDUAL - 5) text(LEFT - 8, at + 4, label, "end");
    }
    text(18, middle, residuals[state.residual].name, "middle", "dim", `transform="rotate(-90 18 ${middle})"`);
    out.push(`<rect class="frame" x="${LEFT}" y="${residualTop}" width="${inner}" height="${RESIDUAL}"/>`);
  }

  function fillPeakTable() {
    const chosen = solution(), rows = chosen ? peaksOf(chosen).filter((peak) => peak.used) : peaksOf(null);
    const decimals = chosen ? Math.min(7, Math.max(0, 1 - Math.floor(Math.log10(residualLimit())))) : 0;
    const explained = (peak) => [(1 / Math.sqrt(peak.calc)).toFixed(5), peak.indexed ? minus(peak.hkl.join(" ")) : "not indexed",
      fixed(residualOf(peak), decimals), fixed((peak.obs - peak.calc) / peak.sigma, 1)];
    byId("residual-head").textContent = residuals[state.residual].name;
    byId("peaks").tBodies[0].innerHTML = rows.map((peak, k) => {
      const cells = [k + 1, (1 / Math.sqrt(peak.q2)).toFixed(5), ...(chosen ? explained(peak) : ["", "", "", ""]), data.has_intensity ? +data.peaks.y[peak.i].toPrecision(4) : ""];
      return `<tr data-peak="${peak.i}"${chosen && !peak.indexed ? ' class="bad"' : ""}>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join("")}</tr>`;
    }).join("");
    if (!chosen) return;
    byId("selected").textContent = chosen.name;
    byId("solution").value = state.index;
    document.querySelectorAll("#solutions tbody tr").forEach((row) => row.classList.toggle("on", +row.dataset.index === state.index));
  }

  function refresh() { draw(); fillPeakTable(); }
  function choose(index) {
    if (index < 0 || index >= data.solutions.length) return;
    state.index = index;
    refresh();
  }
  function heat(index) {
    if (state.hot === index) return;
    state.hot = index;
    document.querySelectorAll("#peaks tbody tr").forEach((row) => row.classList.toggle("hot", +row.dataset.peak === index));
    draw();
  }

  function tipText(position) {
    const chosen = solution();
    const near = scene.peaks.map((peak) => [Math.abs(scene.x(peak.q2) - position.x), peak]).filter(([far]) => far < 7).sort((a, b) => a[0] - b[0])[0];
    if (near) {
      const peak = near[1], d = 1 / Math.sqrt(peak.q2);
      let words = `observed line ${peak.i + 1}\nd = ${d.toFixed(5)} Å ± ${(d ** 3 * peak.sigma / 2).toPrecision(2)}`;
      if (wavelength) words += `\n2θ = ${axes.two_theta.of(peak.q2).toFixed(4)}°`;
      if (peak.indexed) words += `\n(${minus(peak.hkl.join(" "))})  d calc = ${(1 / Math.sqrt(peak.calc)).toFixed(5)} Å\nΔq² = ${signed(peak.obs - peak.calc, 3)} Å⁻² = ${signed((peak.obs - peak.calc) / peak.sigma, 2)} σ`;
      else if (chosen) words += peak.used ? "\nnot indexed" : "\nbeyond the lines used";
      return [words, peak.i];
    }
    const row = Math.floor((position.y - scene.rowsTop) / ROW);
    const one = scene.shown[row] || chosen;
    if (!one || !one.lines.length) return [null, null];
    const q2 = one.lines[nearest(one.lines.map((value) => scene.x(value)), position.x)];
    if (Math.abs(scene.x(q2) - position.x) > 5) return [null, null];
    return [`predicted by ${one.name}\nd = ${(1 / Math.sqrt(q2)).toFixed(5)} Å`, null];
  }

  const pointer = (event) => { const box = plot.getBoundingClientRect(); return { x: event.clientX - box.left - 1, y: event.clientY - box.top - 1 }; };
  const q2At = (px) => scene.axis.back(Math.max(0, scene.low + (px - LEFT) / scene.inner * (scene.high - scene.low)));
  const setView = (low, high) => { if (axes.q.of(high) - axes.q.of(low) > 1e-4) { state.view = [low, high]; draw(); } };

  plot.addEventListener("pointerdown", (event) => {
    if (event.target.dataset && event.target.dataset.index) return choose(+event.target.dataset.index);
    const { x } = pointer(event);
    if (event.button === 0 && x > LEFT && x < LEFT + scene.inner) state.drag = { from: x, to: x };
  });
  window.addEventListener("pointermove", (event) => {
    if (state.drag) {
      state.drag.to = Math.min(LEFT + scene.inner, Math.max(LEFT, pointer(event).x));
      draw();
    }
  });
  window.addEventListener("pointerup", () => {
    if (!state.drag) return;
    const [from, to] = [state.drag.from, state.drag.to].sort((a, b) => a - b);
    state.drag = null;
    if (to - from > 6) setView(q2At(from), q2At(to)); else draw();
  });
  plot.addEventListener("dblclick", () => setView(...usedRange()));
  plot.addEventListener("wheel", (event) => {
    const { x } = pointer(event);
    if (x < LEFT || x > LEFT + scene.inner) return;
    event.preventDefault();
    const factor = event.deltaY > 0 ? 1.25 : 0.8, { axis, low, high } = scene;
    const at = low + (x - LEFT) / scene.inner * (high - low), [floor, ceiling] = wholeRange().map(axis.of);
    setView(axis.back(Math.max(Math.min(floor, low), at - (at - low) * factor)), axis.back(Math.min(Math.max(ceiling, high), at + (high - at) * factor)));
  }, { passive: false });
  plot.addEventListener("pointermove", (event) => {
    if (state.drag) return;
    const [words, index] = tipText(pointer(event));
    tip.hidden = !words;
    if (words) {
      tip.textContent = words;
      tip.style.left = `${Math.min(event.pageX + 16, document.documentElement.clientWidth - tip.offsetWidth - 8)}px`;
      tip.style.top = `${event.pageY + 14}px`;
    }
    heat(index);
  });
  plot.addEventListener("pointerleave", () => { tip.hidden = true; heat(null); });

  const fill = (select, entries, value) => {
    select.innerHTML = entries.map(([key, name]) => `<option value="${key}">${escapeText(name)}</option>`).join("");
    select.value = value;
  };
  fill(byId("solution"), data.solutions.map((one, i) => [i, one.name]), 0);
  fill(byId("axis"), Object.entries(axes).map(([key, axis]) => [key, axis.name]), state.axis);
  fill(byId("residual"), Object.entries(residuals).map(([key, one]) => [key, one.name]), state.residual);
  byId("solution").addEventListener("change", (event) => choose(+event.target.value));
  byId("axis").addEventListener("change", (event) => { state.axis = event.target.value; draw(); });
  byId("scale").addEventListener("change", (event) => { state.scale = event.target.value; draw(); });
  byId("residual").addEventListener("change", (event) => { state.residual = event.target.value; refresh(); });
  byId("used").addEventListener("click", () => setView(...usedRange()));
  byId("whole").addEventListener("click", () => setView(...wholeRange()));
  document.querySelectorAll("#solutions tbody tr").forEach((row) => row.addEventListener("click", () => choose(+row.dataset.index)));
  byId("peaks").addEventListener("pointerover", (event) => {
    const row = event.target.closest("tr[data-peak]");
    heat(row ? +row.dataset.peak : null);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("select")) return;
    if (event.key === "ArrowRight") choose(state.index + 1);
    if (event.key === "ArrowLeft") choose(state.index - 1);
  });
  window.addEventListener("resize", draw);
  window.addEventListener("beforeprint", draw);
  refresh();
})();
