(() => {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const views = {};

  const rowsOf = ({ kinds, names, rows }) =>
    rows.map((row) => row.map((cell, at) => (kinds[at] === "name" ? names[cell] : cell)));

  // Convert rows to objects for the charts, with numbers and booleans where the tables have them.
  const typed = (kind, cell) =>
    cell === null ? null : kind === "number" ? Number(cell) : kind === "boolean" ? cell === "true" : cell;
  const objects = (data) =>
    rowsOf(data).map((row) =>
      Object.fromEntries(data.columns.map((name, at) => [name, typed(data.kinds[at], row[at])])),
    );

  const draw = async (place) => {
    const stem = place.dataset.chart;
    const spec = read(`spec-${stem}`);
    spec.datasets = { ...spec.datasets, rows: objects(read(`data-${stem}`)) };
    const tooltip = { disableDefaultStyle: true };
    const options = { renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip };
    views[stem] = (await vegaEmbed(place, spec, options)).view;
    // After a reload, the browser may restore another choice than the first.
    for (const select of document.querySelectorAll(`[data-chooses="${stem}"]`)) await choose(select);
    document.getElementById(stem).dataset.drawn = "yes";
  };

  const choose = async (select) => {
    const stem = select.dataset.chooses;
    for (const page of document.querySelectorAll(`#${stem} [data-choice]`)) {
      page.hidden = page.dataset.choice !== select.value;
    }
    // Use the exact name: the text of an option is trimmed.
    if (views[stem]) await views[stem].signal("chosen", select.selectedOptions[0].dataset.name).runAsync();
  };

  // A spreadsheet would evaluate text that starts like a formula; quotes protect separators.
  const quoted = (kind, cell) => {
    if (cell === null) return "";
    if (kind === "number") return cell;
    const safe = /^\s*[=+\-@＝＋－＠]/.test(cell) ? `'${cell}` : cell;
    return `"${safe.replaceAll('"', '""')}"`;
  };

  const download = (button) => {
    const data = read(`data-${button.dataset.download}`);
    const rows = rowsOf(data).map((row) => row.map((cell, at) => quoted(data.kinds[at], cell)).join(","));
    const link = document.createElement("a");
    const text = ["\ufeff", [data.columns.join(","), ...rows].join("\r\n"), "\r\n"];
    link.href = URL.createObjectURL(new Blob(text, { type: "text/csv;charset=utf-8" }));
    link.download = button.dataset.file;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
  for (const select of document.querySelectorAll("[data-chooses]")) {
    select.addEventListener("change", () => choose(select));
    choose(select);
  }
  for (const button of document.querySelectorAll("[data-download]")) {
    button.hidden = false;
    button.addEventListener("click", () => download(button));
  }
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => (one.open = true)));
})();
