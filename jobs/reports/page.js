(() => {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const views = {};

  // Rows as the charts want them: objects, with numbers where the tables have numbers.
  const objects = ({ columns, numbers, rows }) =>
    rows.map((row) =>
      Object.fromEntries(
        columns.map((name, at) => {
          const cell = row[at];
          if (cell === null) return [name, null];
          if (cell === "true" || cell === "false") return [name, cell === "true"];
          return [name, numbers[at] ? Number(cell) : cell];
        }),
      ),
    );

  const draw = async (place) => {
    const stem = place.dataset.chart;
    const spec = read(`spec-${stem}`);
    spec.datasets = { ...spec.datasets, rows: objects(read(`data-${stem}`)) };
    const options = { renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
    views[stem] = (await vegaEmbed(place, spec, options)).view;
    document.getElementById(stem).dataset.drawn = "yes";
  };

  const choose = (select) => {
    const stem = select.dataset.chooses;
    for (const page of document.querySelectorAll(`#${stem} [data-choice]`)) page.hidden = page.dataset.choice !== select.value;
    if (views[stem]) views[stem].signal("chosen", select.value).runAsync();
  };

  // A text that begins like a formula would be run by a spreadsheet.
  const quoted = (cell, isNumber) => {
    if (cell === null) return "";
    const safe = !isNumber && /^\s*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  const download = (button) => {
    const { columns, numbers, rows } = read(`data-${button.dataset.download}`);
    const lines = [columns, ...rows].map((row, line) => row.map((cell, at) => quoted(cell, line > 0 && numbers[at])).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }));
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
