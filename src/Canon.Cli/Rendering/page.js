"use strict";
(() => {
  const values = document.getElementById("values");

  // From what the system prefers to the other, and back.
  const root = document.documentElement;
  document.querySelector(".scheme").addEventListener("click", () => {
    const dark = root.style.colorScheme ? root.style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.style.colorScheme = dark ? "light" : "dark";
  });

  const hidden = new Set();

  // One switch a method and dataset, all of a method together.
  for (const key of document.querySelectorAll("[data-key]")) {
    key.checked = true;
    key.addEventListener("change", () => {
      const method = key.dataset.key;
      if (key.checked) hidden.delete(+method); else hidden.add(+method);
      for (const same of document.querySelectorAll(`[data-key="${method}"]`)) same.checked = key.checked;
      for (const part of document.querySelectorAll(`[data-m="${method}"]`)) part.classList.toggle("off", !key.checked);
    });
  }

  // Pointing at a method lets the others fade.
  for (const label of document.querySelectorAll(".keys label")) {
    const method = label.querySelector("input").dataset.key;
    const fade = on => {
      for (const part of document.querySelectorAll("[data-m]")) part.classList.toggle("dim", on && part.dataset.m !== method);
    };
    label.addEventListener("pointerenter", event => { if (event.pointerType === "mouse") fade(true); });
    label.addEventListener("pointerleave", () => fade(false));
  }

  const swatch = method => [...document.querySelectorAll(`[data-key="${method}"]`)].slice(0, 1)
    .map(key => key.parentElement.querySelector(".swatch").cloneNode(true));

  for (const plot of document.querySelectorAll(".plot")) {
    const svg = plot.querySelector("svg");
    const guide = svg.querySelector(".guide");
    const places = JSON.parse(plot.parentElement.querySelector("[data-places]").dataset.places);
    const across = places.axis === "x";
    let current = -1;

    const rows = index => places.rows[index].filter(row => !hidden.has(row[0]));
    const near = position => {
      let best = -1;
      places.at.forEach((at, index) => {
        if (rows(index).length > 0 && (best < 0 || Math.abs(at - position) < Math.abs(places.at[best] - position))) best = index;
      });
      return best;
    };

    const hide = () => { values.hidden = true; guide.style.visibility = "hidden"; current = -1; };
    const show = index => {
      if (index < 0) return hide();
      if (index === current) return;
      current = index;
      const at = places.at[index];
      const [x1, x2, y1, y2] = across ? [at, at, places.from, places.to] : [places.from, places.to, at, at];
      for (const [name, value] of Object.entries({ x1, x2, y1, y2 })) guide.setAttribute(name, value);
      guide.style.visibility = "visible";

      const head = document.createElement("b");
      head.textContent = places.titles[index];
      values.replaceChildren(head, ...rows(index).map(([method, name, text]) => {
        const row = document.createElement("div");
        const label = document.createElement("span");
        const number = document.createElement("i");
        label.textContent = name;
        number.textContent = text;
        row.append(...(across ? swatch(method) : []), label, number);
        return row;
      }));
      values.hidden = false;
      place();
    };

    // Beside the place, on the side that has room; never outside of the window.
    const place = () => {
      const box = svg.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) return hide();
      const at = places.at[current];
      const scale = box.width / svg.viewBox.baseVal.width;
      const own = values.getBoundingClientRect();
      const x = box.left + (across ? at * scale : box.width / 2);
      const left = across ? (x + 14 + own.width < innerWidth - 8 ? x + 14 : x - 14 - own.width) : x - own.width / 2;
      const top = across ? box.top + 24 : box.top + at * scale + 18;
      values.style.left = `${Math.max(8, Math.min(left, innerWidth - own.width - 8))}px`;
      values.style.top = `${Math.max(8, Math.min(top, innerHeight - own.height - 8))}px`;
    };

    const point = event => {
      const box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      show(near((across ? event.clientX - box.left : event.clientY - box.top) / scale));
    };
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerdown", point);
    // A finger leaves as soon as it is lifted: values stay until it touches another place.
    plot.addEventListener("pointerleave", event => { if (event.pointerType !== "touch") hide(); });
    document.addEventListener("pointerdown", event => { if (current >= 0 && !plot.contains(event.target)) hide(); });
    plot.addEventListener("blur", hide);
    plot.addEventListener("focus", () => { if (plot.matches(":focus-visible")) show(near(across ? 1e9 : 0)); });
    plot.addEventListener("keydown", event => {
      const back = ["ArrowLeft", "ArrowUp"].includes(event.key), on = ["ArrowRight", "ArrowDown"].includes(event.key);
      if (event.key === "Escape") return hide();
      if (!back && !on && event.key !== "Home" && event.key !== "End") return;
      event.preventDefault();
      const shown = places.at.map((_, index) => index).filter(index => rows(index).length > 0);
      const place = shown.indexOf(current);
      const next = event.key === "Home" ? 0 : event.key === "End" ? shown.length - 1
        : Math.max(0, Math.min(shown.length - 1, place + (on ? 1 : -1)));
      show(shown[next] ?? -1);
    });
    addEventListener("scroll", () => { if (current >= 0) place(); }, { passive: true });
  }
})();
