// Results: a range is chosen by dragging over the picture (its two handles and the fields below do the same without
// this), and top values are folded where there is no room beside the rows, until somebody opens them.
"use strict";

(() => {
  const find = (selector, inside) => inside.querySelector(selector);
  let drag = null;

  const share = (picture, x) => {
    const box = picture.getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - box.left) / box.width));
  };

  // The instant below the pointer, on the border of the bar it stands in.
  const instant = (form, part, toEnd) => {
    const { min, max, step } = form.elements.from;
    const bars = ((Number(max) - Number(min)) / Number(step)) * part;
    return Number(min) + (toEnd ? Math.ceil(bars) : Math.floor(bars)) * Number(step);
  };

  const draw = () => {
    const box = drag.picture.getBoundingClientRect();
    const around = drag.chart.getBoundingClientRect();
    const [left, right] = [drag.from, drag.to].sort((one, other) => one - other);
    drag.brush.style.left = `${box.left - around.left + left * box.width}px`;
    drag.brush.style.width = `${(right - left) * box.width}px`;
    drag.brush.style.top = `${box.top - around.top}px`;
    drag.brush.style.height = `${box.height - 20}px`;
  };

  document.addEventListener("pointerdown", (event) => {
    const picture = event.target instanceof Element ? event.target.closest("[data-range] svg[role=img]") : null;
    if (!picture || event.button !== 0 || event.pointerType === "touch") return;
    event.preventDefault();
    const chart = picture.closest("[data-range]");
    const brush = document.createElement("div");
    brush.className = "range-brush";
    chart.append(brush);
    const at = share(picture, event.clientX);
    drag = { picture, chart, brush, from: at, to: at };
    draw();
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.to = share(drag.picture, event.clientX);
    draw();
  });

  const end = (chosen) => {
    if (!drag) return;
    const { chart, brush, from, to } = drag;
    drag = null;
    brush.remove();
    const form = find("form", chart);
    const [left, right] = [from, to].sort((one, other) => one - other);
    if (!chosen || !form || right - left < 0.004) return;
    form.elements.to.value = instant(form, right, true);
    form.elements.from.value = instant(form, left, false);
    form.requestSubmit();
  };
  document.addEventListener("pointerup", () => end(true));
  document.addEventListener("pointercancel", () => end(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end(false);
  });

  // Top values: one line above the picture on a narrow sheet; once opened or closed by hand they stay so.
  let wanted = null;
  const fold = () => {
    const tops = find("details.tops", document);
    if (!tops) return;
    const isNarrow = tops.parentElement.getBoundingClientRect().width < 1100;
    tops.open = wanted ?? !isNarrow;
  };
  document.addEventListener("click", (event) => {
    const summary = event.target instanceof Element ? event.target.closest("details.tops > summary") : null;
    if (summary) wanted = !summary.parentElement.open;
  });
  document.addEventListener("DOMContentLoaded", fold);
  document.addEventListener("htmx:afterSettle", fold);

  // The handles never pass each other.
  document.addEventListener("input", (event) => {
    const form = event.target instanceof HTMLInputElement && event.target.type === "range" ? event.target.closest("[data-range] form") : null;
    if (!form) return;
    const { from, to } = form.elements;
    const step = Number(from.step);
    if (event.target === from && Number(from.value) >= Number(to.value)) from.value = Number(to.value) - step;
    if (event.target === to && Number(to.value) <= Number(from.value)) to.value = Number(from.value) + step;
  });
})();
