"use strict";
// Sorts and filters tables, and copies lines for jq. The page can be read
// without it.
for (const box of document.querySelectorAll(".table")) {
  const body = box.querySelector("tbody");
  if (!body) continue;
  const rows = Array.from(body.rows);
  const tools = box.querySelector(".tools");
  const title = box.querySelector("h3").firstChild.textContent.trim();

  box.querySelectorAll("th").forEach((th, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...th.childNodes);
    th.append(button);
    button.addEventListener("click", () => {
      const numeric = th.classList.contains("num") || th.classList.contains("time");
      const before = th.getAttribute("aria-sort");
      const down = before ? before === "ascending" : numeric;
      box.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const cell = row.cells[column];
        return cell.dataset.sort ?? cell.textContent;
      };
      const sign = down ? -1 : 1;
      rows.sort((a, b) => sign * (numeric ? Number(key(a)) - Number(key(b)) : key(a).localeCompare(key(b), "en", { numeric: !rows[0].cells[column].dataset.sort })));
      body.append(...rows);
    });
  });

  if (rows.length < 4) continue;
  const filter = document.createElement("input");
  filter.type = "search";
  filter.placeholder = "Filter rows";
  filter.setAttribute("aria-label", "Filter rows of " + title);
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "Copy as jq";
  const told = document.createElement("output");
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    told.textContent = words.length ? shown + " of " + rows.length + " rows" : "";
  });
  tools.append(filter);
  if (rows.some((row) => row.dataset.jq)) {
    copy.addEventListener("click", async () => {
      const most = 50;
      const chosen = rows.filter((row) => !row.hidden && row.dataset.jq);
      const conditions = chosen.slice(0, most).map((row) => "(" + row.dataset.jq + ")");
      const line = "jq -c 'select(" + (conditions.join(" or ") || "false") + ")' records.json";
      const code = box.querySelector(".jq code");
      code.textContent = line;
      try {
        await navigator.clipboard.writeText(line);
        told.textContent = "Copied a line for " + conditions.length + " rows";
      } catch {
        // Not every browser lets a page that was opened from disk do that.
        code.parentElement.open = true;
        getSelection().selectAllChildren(code);
        told.textContent = "The line is below, selected";
      }
    });
    tools.append(copy);
  }
  tools.append(told);
}
