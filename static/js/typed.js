// Completes the word at the end of a line of filters. Without it the list still offers the first word.
"use strict";

(() => {
  const texts = (id) => Array.from(document.getElementById(id)?.options ?? [], (option) => option.value);
  let names = null;
  let values = null;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.getAttribute("list") !== "filter-words") return;
    names ??= texts("filter-words");
    values ??= texts("filter-values");
    const begin = field.value.lastIndexOf(" ") + 1;
    const word = field.value.slice(begin).toLowerCase();
    const fitting = (word.includes(":") ? values : names).filter((each) => each.startsWith(word) && each !== word);
    const list = document.getElementById("filter-words");
    list.replaceChildren(
      ...fitting.map((each) => {
        const option = document.createElement("option");
        option.value = field.value.slice(0, begin) + each;
        return option;
      }),
    );
  });
})();
