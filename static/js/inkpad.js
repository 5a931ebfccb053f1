// Makes the pages smooth; every one of them works without this file. Keeps nothing in the browser's storage.
"use strict";

(() => {
  const root = document.documentElement;
  const find = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const on = (name, selector, act) =>
    document.addEventListener(name, (event) => {
      const target = event.target instanceof Element ? event.target.closest(selector) : null;
      if (target) act(event, target);
    });

  const inkpad = (window.inkpad = {
    all,
    find,
    on,
    keysOn: () => root.dataset.shortcuts !== "off",
    isTyping: (target) => target instanceof Element && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null,
    announce(words) {
      const region = find("#announcer");
      if (!region || !words) return;
      region.textContent = "";
      window.setTimeout(() => (region.textContent = words), 60);
    },
  });

  // What only works with script is hidden until here.
  const prepare = (inside) => {
    all("[data-copy], [data-close], [data-show]", inside).forEach((element) => (element.hidden = false));
    all("[data-focus]", inside).forEach((element) => element.focus());
    all("[data-toast]", inside).forEach(leaveLater);
    // A dialog that htmx brought opens by itself.
    all("dialog[data-modal]:not([open])", inside).forEach((dialog) => {
      dialog.showModal();
      find("input:not([type=hidden]), textarea, select", dialog)?.focus();
    });
    if (inkpad.prepareTables) inkpad.prepareTables(inside);
  };

  // Toasts leave after six seconds, but not under the pointer or the focus.
  const leaveLater = (toast) => {
    if (toast.dataset.leaving) return;
    toast.dataset.leaving = "yes";
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) window.setTimeout(leave, 2000);
      else toast.remove();
    };
    window.setTimeout(leave, 6000);
  };

  on("click", "[data-close]", (event, button) => button.closest("[data-toast], dialog")?.remove());

  // Copying takes the whole value, whatever the cell shows of it.
  on("click", "[data-copy]", async (event, button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const field = document.createElement("textarea");
      field.value = button.dataset.copy;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      button.focus();
    }
    button.classList.add("copied");
    inkpad.announce(document.documentElement.lang === "en" ? "Copied" : "");
    window.setTimeout(() => button.classList.remove("copied"), 1200);
  });

  // A sent form keeps its button busy, so that pressing again does nothing.
  const turning =
    '<svg class="icon turning" width="15" height="15" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" aria-hidden="true"><path d="M21 12a9 9 0 1 1-6.2-8.56"/></svg>';
  const makeBusy = (button) => {
    if (!button?.dataset.busy || button.getAttribute("aria-busy") === "true") return;
    const width = `${Math.ceil(button.getBoundingClientRect().width)}`;
    button.dataset.rest = button.innerHTML;
    button.setAttribute("aria-busy", "true");
    button.innerHTML = `${turning} `;
    button.append(button.dataset.busy);
    button.style.minWidth = `${width}px`;
  };
  const makeRest = (button) => {
    if (!button?.dataset.rest) return;
    button.removeAttribute("aria-busy");
    button.innerHTML = button.dataset.rest;
    button.removeAttribute("style");
    delete button.dataset.rest;
  };
  document.addEventListener("submit", (event) => {
    const button = event.submitter ?? find("button:not([type=button])", event.target);
    if (button?.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    window.setTimeout(() => {
      if (!event.defaultPrevented || event.target.matches("[hx-post], [hx-get]")) makeBusy(button);
    });
  });
  window.addEventListener("pageshow", () => all("[aria-busy=true]").forEach(makeRest));

  // Dialogs: the link's page is what opens without script.
  on("click", "[data-dialog]", (event, opener) => {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog?.showModal) return;
    event.preventDefault();
    dialog.showModal();
    find("input:not([type=hidden]), textarea, select", dialog)?.focus();
  });
  on("click", "[data-dismiss]", (event, button) => {
    const dialog = button.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  });

  // Menus close on Escape and on a click beside them; the navigation of narrow windows opens and closes.
  document.addEventListener("click", (event) => {
    all("[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  on("click", "[data-nav]", (event) => {
    const nav = find("#nav");
    event.preventDefault();
    if (location.hash === "#nav") history.replaceState(null, "", location.pathname + location.search);
    const opened = nav.classList.toggle("open");
    find(opened ? ".nav-item" : ".nav-open")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = find("[data-menu][open]");
    if (menu) {
      menu.open = false;
      find("summary", menu)?.focus();
    } else if (find("#nav.open")) {
      find("#nav").classList.remove("open");
      find(".nav-open")?.focus();
    }
  });

  // Single keys, where the person wants them.
  document.addEventListener("keydown", (event) => {
    if (!inkpad.keysOn() || event.ctrlKey || event.metaKey || event.altKey || inkpad.isTyping(event.target)) return;
    if (find("dialog:modal")) return;
    if (event.key === "/") {
      const box = find("[data-paste]");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "?") {
      event.preventDefault();
      find("#shortcuts")?.showModal();
    } else if (/^[a-z0-9]$/.test(event.key)) {
      const act = find(`[data-key="${event.key}"]`);
      if (!act) return;
      event.preventDefault();
      act.click();
    }
  });

  // Appearance changes at once, and is remembered by the server.
  on("submit", "[data-theme-form]", async (event, form) => {
    if (!event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    root.dataset.theme = theme;
    all("[name=theme]", form).forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
    const body = new FormData(form);
    body.set("theme", theme);
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined);
  });

  // The person's clock.
  const tick = () => {
    const clock = find("[data-clock]");
    if (!clock) return;
    const zone = clock.dataset.clock;
    const time = (timeZone) =>
      new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone }).format(new Date());
    try {
      find("b", clock).textContent = time(zone);
      if (zone !== "UTC") clock.lastChild.textContent = ` ${zone.split("/").pop().replaceAll("_", " ")} · ${time("UTC")} UTC`;
    } catch {
      /* a zone this browser does not know: the server's time stands until the next page */
    }
  };
  window.setInterval(tick, 15000);

  // A link to a place inside a closed fold opens it; "Open all" opens every fold it stands above.
  const openTarget = () => {
    const fold = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details") : null;
    if (fold) fold.open = true;
  };
  window.addEventListener("hashchange", openTarget);
  on("click", "[data-open-all]", (event, button) => {
    const folds = all("details.fold", button.closest(".section-body, section, main"));
    const open = folds.some((fold) => !fold.open);
    folds.forEach((fold) => (fold.open = open));
  });
  on("click", "[data-reveal-password]", (event, button) => {
    const field = document.getElementById(button.dataset.revealPassword);
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  });

  // htmx: what came is announced, what did not come is said.
  document.addEventListener("htmx:afterSettle", (event) => {
    prepare(event.target);
    const words = event.target.closest("[data-announce]") ?? find("[data-announce]", event.target);
    inkpad.announce(words?.dataset.announce);
  });
  // Parts of the page that came along with another one.
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  document.addEventListener("htmx:afterRequest", (event) => {
    const element = event.detail.elt;
    makeRest(element.matches("form") ? find("[aria-busy=true]", element) : element);
  });
  const failed = (words) => {
    const place = find("#toasts");
    if (!place) return;
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = words;
    toast.append(text);
    place.replaceChildren(toast);
    leaveLater(toast);
  };
  document.addEventListener("htmx:sendError", () => failed("Inkpad did not answer. What you typed is kept; try again in a moment."));
  document.addEventListener("htmx:responseError", (event) =>
    failed(event.detail.xhr.status === 404 ? "That is not here any more. Load the page again." : "That did not work, and nothing was changed. Load the page again."),
  );

  document.addEventListener("DOMContentLoaded", () => {
    root.classList.add("scripted");
    prepare(document);
    openTarget();
  });
})();
