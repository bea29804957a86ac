"use strict";
(() => {
  const narrow = () => window.innerWidth < 600;
  // A picture is a chart without a plot: it is drawn already.
  const plots = [...document.querySelectorAll(".chart")].filter((one) => one.querySelector(".plot"));

  // On a narrow screen the labels are smaller and the grid is coarser; the figures are the same.
  const fitted = (figure) => {
    const layout = structuredClone(figure.layout);
    if (narrow()) {
      layout.font.size = 12;
      for (const name of ["xaxis", "yaxis", "yaxis2"]) {
        if (!layout[name] || layout[name].type === "category") continue;
        layout[name].nticks = 4;
        if (layout[name].dtick) layout[name].dtick *= 2;
        layout[name].tickfont.size = Math.min(layout[name].tickfont.size, 12);
      }
    }
    return layout;
  };
  // With a viewBox a chart shrinks or grows with the paper it is printed on.
  const scalable = (plot) => {
    for (const svg of plot.querySelectorAll(".main-svg")) {
      const size = [svg.getAttribute("width"), svg.getAttribute("height")];
      svg.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
      plot.style.setProperty("--ratio", size.join(" / "));
    }
  };
  const draw = (chart) => {
    const plot = chart.querySelector(".plot");
    const figure = JSON.parse(chart.querySelector(".figure-data").textContent);
    plot.dataset.drawn = "yes";
    const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
    Plotly.newPlot(plot, figure.data, fitted(figure), config).then(() => {
      plot.on("plotly_afterplot", () => scalable(plot));
      scalable(plot);
    });
  };
  if (window.Plotly) plots.forEach(draw);

  const closed = [];
  window.addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll(".chart details:not([open])")) {
      closed.push(part);
      part.open = true;
    }
  });
  window.addEventListener("afterprint", () => {
    while (closed.length) closed.pop().open = false;
  });

  const value = (row, column) => {
    const text = row.cells[column].dataset.order;
    if (text === undefined) return null;
    const number = Number(text);
    return Number.isNaN(number) || text === "" ? text : number;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  const sort = (table, column, heading) => {
    const up = heading.getAttribute("aria-sort") === "descending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return up ? compare(a, b) : compare(b, a);
    });
    body.append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  }
})();
