// The console's one script: pages are whole without it. It keeps them live, and lets the
// keyboard do everything. Nothing here writes markup of its own making but what the server sent.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const remember = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=strict`;
  };
  const say = (text) => { const said = $("#said"); if (said) said.textContent = text; };

  // Light, dark, or as the machine has it.
  const nextTheme = () => {
    const order = ["", "light", "dark"];
    const theme = order[(order.indexOf(document.documentElement.dataset.theme || "") + 1) % 3];
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    remember("theme", theme);
  };

  // Moments, as long ago.
  const relative = (root = document) => {
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
    for (const time of $$("time[data-ago]", root)) {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, size]) => -seconds >= size) || ["second", 1];
      const text = words.format(Math.trunc(seconds / size), unit);
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // Parts that stay live are fetched again when something happened: at most once a second, and
  // not while nobody looks.
  const live = $("[data-live]");
  if (live) {
    let isDue = false, isBusy = false;
    const refresh = async () => {
      if (isBusy || document.hidden || !isDue) return;
      isBusy = true; isDue = false;
      try {
        const answer = await fetch(live.dataset.live, { headers: { "x-part": "1" }, redirect: "error" });
        if (answer.ok) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          for (const part of $$("[data-part]", fresh)) {
            const old = $(`[data-part="${part.dataset.part}"]`);
            if (!old || old.innerHTML === part.innerHTML) continue;
            // What somebody is about to press stays where it is; it is looked at again.
            if (old.contains(document.activeElement)) isDue = true;
            else old.replaceChildren(...part.childNodes);
          }
          relative();
        }
      } catch { isDue = true; }
      isBusy = false;
    };
    const due = () => { isDue = true; };
    const events = new EventSource("/live");
    events.addEventListener("changed", due);
    const stale = $("[data-stale]");
    events.addEventListener("error", () => { if (stale && events.readyState === EventSource.CLOSED) stale.hidden = false; });
    events.addEventListener("open", () => { document.body.dataset.connected = "yes"; });
    setInterval(refresh, 1000);
    document.addEventListener("visibilitychange", refresh);
  }
  relative();
  setInterval(relative, 30000);

  // Dialogs.
  const open = (name) => { const dialog = document.getElementById(name); if (dialog && !dialog.open) dialog.showModal(); };
  document.addEventListener("click", (event) => {
    const on = event.target.closest("[data-open], [data-copy], [data-theme-next], [data-go], [data-language], [data-keys-toggle]");
    if (!on) return;
    if (on.dataset.copy !== undefined) {
      navigator.clipboard?.writeText($(on.dataset.copy)?.innerText || "").then(() => say(on.dataset.said || ""));
      return;
    }
    $("#palette")?.close();
    if (on.dataset.open) open(on.dataset.open);
    else if (on.dataset.go) location.assign(on.dataset.go);
    else if (on.dataset.keysToggle !== undefined) {
      document.documentElement.dataset.keys = areKeysOff() ? "on" : "off";
      remember("keys", document.documentElement.dataset.keys);
      say(areKeysOff() ? on.dataset.off : on.dataset.on);
    } else if (on.dataset.language) { remember("language", on.dataset.language); location.reload(); }
    else nextTheme();
  });

  // The palette: type to narrow, arrows to choose, Enter to go.
  const palette = $("#palette");
  if (palette) {
    const field = $("input", palette), all = $$("[role=option]", palette);
    all.forEach((option, at) => { option.id = `command-${at}`; });
    for (const action of $$("[data-key][data-name]")) {
      const option = document.createElement("li");
      option.setAttribute("role", "option");
      option.id = `action-${action.dataset.key}`;
      option.append(action.dataset.name, " ");
      const key = document.createElement("kbd");
      key.textContent = action.dataset.key;
      option.append(key);
      option.addEventListener("click", () => { palette.close(); action.click(); });
      $("ul", palette).prepend(option);
      all.unshift(option);
    }
    const shown = () => all.filter((option) => !option.hidden);
    const select = (option) => {
      for (const other of all) other.setAttribute("aria-selected", String(other === option));
      if (option) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    };
    const narrow = () => {
      const wanted = field.value.trim().toLowerCase();
      for (const option of all) option.hidden = !option.textContent.toLowerCase().includes(wanted);
      select(shown()[0]);
    };
    field.addEventListener("input", narrow);
    palette.addEventListener("close", () => { field.value = ""; narrow(); });
    field.addEventListener("keydown", (event) => {
      const options = shown(), at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : options.length - 1;
        select(options[(at + step) % options.length]);
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (options[at]) options[at].click();
        else if (field.value.trim()) location.assign(`/search?q=${encodeURIComponent(field.value.trim())}`);
      }
    });
    narrow();
  }

  // Single keys, outside of fields.
  const areKeysOff = () => document.documentElement.dataset.keys === "off";
  let isGoing = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") { event.preventDefault(); open("palette"); }
      return;
    }
    if (event.target.closest("input, textarea, select, dialog") || areKeysOff()) return;
    if (Date.now() - isGoing < 1500) {
      isGoing = 0;
      const place = $(`.rail nav a[data-key="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); place.click(); }
      return;
    }
    const action = $(`[data-key="${CSS.escape(event.key)}"][data-name]`);
    if (action) { event.preventDefault(); action.click(); return; }
    switch (event.key) {
      case "g": isGoing = Date.now(); break;
      case "p": event.preventDefault(); open("palette"); break;
      case "?": open("keys"); break;
      case "t": nextTheme(); break;
      case "/": event.preventDefault(); { const field = $("input[type=search]"); if (field) field.focus(); else location.assign("/search"); } break;
      case "j": case "k": {
        const items = $$("[data-item]");
        const at = items.indexOf(document.activeElement?.closest?.("[data-item]"));
        const to = items[event.key === "j" ? Math.min(at + 1, items.length - 1) : Math.max(at - 1, 0)];
        if (to) { const link = to.matches("a, button") ? to : $("a, button", to); (link || to).focus(); }
        break;
      }
    }
  });

  // Evidence and the words it saw, each lit by the other.
  const light = (name, isOn) => { for (const part of $$(`[data-seen="${name}"]`)) part.classList.toggle("on", isOn); };
  for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    for (const [event, isOn] of [[begin, true], [end, false]]) {
      document.addEventListener(event, (fired) => {
        const seen = fired.target.closest?.("[data-seen]");
        if (seen) light(seen.dataset.seen, isOn);
      });
    }
  }

  // Files that are dropped go where the field beside takes them.
  for (const zone of $$("[data-drop]")) {
    const field = $("input[type=file]", zone);
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; field.dispatchEvent(new Event("change", { bubbles: true })); } });
    document.addEventListener("paste", (event) => { if (event.clipboardData?.files.length) { field.files = event.clipboardData.files; field.dispatchEvent(new Event("change", { bubbles: true })); } });
  }
  for (const form of $$("form[data-ask]")) form.addEventListener("submit", (event) => { if (!confirm(form.dataset.ask)) event.preventDefault(); });

  // What is picked is counted where it can be used.
  const picked = $("[data-picked]");
  if (picked) {
    const count = () => {
      const chosen = $$("input[name=report]:checked").length;
      $("[data-count]", picked).textContent = String(chosen);
      picked.hidden = chosen === 0;
    };
    document.addEventListener("change", count);
    count();
  }
})();
