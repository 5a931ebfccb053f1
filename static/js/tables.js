// Tables: choosing rows (ranges, all on this page), the bar that says how many, and keys that walk through them.
"use strict";

(() => {
  const { all, find, announce, isTyping, keysOn } = window.inkpad;
  const boxesOf = (table) => all("tbody .check input[type=checkbox]:not(:disabled)", table);
  const rowsOf = (table) => all("tbody > tr", table).filter((row) => row.querySelector(".name, .check input"));
  let last = null;

  // What a row becomes on a phone must not cost it its table: roles that CSS takes away are given back.
  const giveRoles = (table) => {
    const roles = { "": "table", "thead, tbody, tfoot": "rowgroup", tr: "row", td: "cell", "thead th": "columnheader", "tbody th": "rowheader" };
    for (const [selector, role] of Object.entries(roles)) {
      (selector ? all(selector, table) : [table]).forEach((element) => element.hasAttribute("role") || element.setAttribute("role", role));
    }
  };

  const count = (table) => {
    const boxes = boxesOf(table);
    const chosen = boxes.filter((box) => box.checked).length;
    const every = find("[data-select-all]", table);
    if (every) {
      every.checked = chosen > 0 && chosen === boxes.length;
      every.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    const bar = find("[data-selection]", table.closest("form, .list, main"));
    if (!bar) return;
    bar.classList.toggle("idle", chosen === 0);
    const words = (chosen === 1 ? bar.dataset.one : bar.dataset.many)?.replace("{n}", chosen.toLocaleString("en"));
    const number = find("[data-count]", bar);
    if (number) number.textContent = words ?? String(chosen);
    // Whose they are stands beside each row's box, where it is known.
    const visitors = new Set(boxes.filter((box) => box.checked).map((box) => find("input[type=hidden]", box.closest("td"))?.value));
    visitors.delete(undefined);
    const whose = find("[data-visitors]", bar);
    const of = visitors.size === 1 ? whose?.dataset.one : whose?.dataset.many?.replace("{n}", visitors.size.toLocaleString("en"));
    if (whose) whose.textContent = visitors.size ? of : "";
    return words ?? String(chosen);
  };

  const choose = (table, box, checked, range) => {
    const boxes = boxesOf(table);
    const from = boxes.indexOf(last);
    const to = boxes.indexOf(box);
    if (range && from >= 0 && to >= 0) {
      boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((each) => (each.checked = checked));
    } else {
      box.checked = checked;
    }
    last = box;
    announce(count(table));
  };

  window.inkpad.prepareTables = (inside) => {
    all("table.blocks", inside).forEach(giveRoles);
    all("table[data-select]", inside).forEach(count);
    // A row that came by itself may stand in a table that was there before.
    const table = inside instanceof Element ? inside.closest("table[data-select]") : null;
    if (table) count(table);
  };

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const box = event.target.closest(".check input[type=checkbox]");
    const table = event.target.closest("table[data-select]");
    if (box && table && !box.matches("[data-select-all]")) {
      choose(table, box, box.checked, event.shiftKey);
    } else if (box && table) {
      boxesOf(table).forEach((each) => (each.checked = box.checked));
      announce(count(table));
    }
    const clear = event.target.closest("[data-clear]");
    if (clear) {
      const cleared = find("table[data-select]", clear.closest("form, .list, main"));
      boxesOf(cleared).forEach((each) => (each.checked = false));
      announce(count(cleared));
    }
  });
  // Shift-click chooses rows, not text.
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target instanceof Element && event.target.closest("table[data-select] .check")) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || find("dialog:modal")) return;
    const table = find("table[data-keys]");
    if (!table || !"jkxo".includes(event.key.toLowerCase()) || event.key.length !== 1) return;
    const rows = rowsOf(table);
    const here = rows.findIndex((row) => row.classList.contains("here"));
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      const next = rows[Math.max(0, Math.min(rows.length - 1, here < 0 ? 0 : here + (key === "j" ? 1 : -1)))];
      if (!next) return;
      event.preventDefault();
      rows[here]?.classList.remove("here");
      next.classList.add("here");
      next.scrollIntoView({ block: "nearest" });
      find(".name, .check input", next)?.focus({ preventScroll: true });
    } else if (here >= 0 && key === "x") {
      const box = find(".check input", rows[here]);
      if (box) choose(table, box, !box.checked, event.shiftKey);
    } else if (here >= 0 && key === "o") {
      find("a.name", rows[here])?.click();
    }
  });
})();
