/* Tables that sort by their headings, by mouse and by keyboard. */

import {make} from "/static/dom.js";
import {text} from "/static/texts.js";

/**
 * A column.
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: any) => Node | string} cell What is shown.
 * @property {(row: any) => string | number | null} [order] What it sorts by; none if left out.
 * @property {boolean} [numeric]
 * @property {string} [lang] Language of what is shown, if it is not the page's.
 */

/**
 * Make a table.
 * @param {object} options
 * @param {string} options.caption
 * @param {Column[]} options.columns The first one names the row.
 * @param {any[]} options.rows
 * @param {(row: any, rows: any[]) => void} [options.chosen] Called when a row is clicked.
 * @returns {HTMLElement}
 */
export const table = ({caption, columns, rows, chosen}) => {
  let shown = [...rows];
  const body = make("tbody");
  const heads = columns.map((column) => head(column, (direction) => {
    shown = sorted(rows, column.order, direction);
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    fill();
  }));
  const fill = () => body.replaceChildren(...shown.map((row) => line(row)));
  const line = (row) => {
    const cells = columns.map((column, at) => make(
      at ? "td" : "th",
      {class: column.numeric ? "n" : null, scope: at ? null : "row", lang: column.lang},
      column.cell(row, () => chosen(row, shown)),
    ));
    const listening = chosen ? {click: (event) => event.target.closest("a, button") || chosen(row, shown)} : {};
    return make("tr", {class: chosen ? "choosable" : null, on: listening}, ...cells);
  };
  fill();
  return make(
    "div", {class: "table", tabindex: "0", role: "region", "aria-label": caption},
    make("table", {}, make("caption", {class: "away"}, caption), make("thead", {}, make("tr", {}, ...heads)), body),
  );
};

const head = (column, sort) => {
  const cell = make("th", {scope: "col", class: column.numeric ? "n" : null});
  if (!column.order) {
    cell.append(column.title);
    return cell;
  }
  const first = column.numeric ? "descending" : "ascending";
  const second = column.numeric ? "ascending" : "descending";
  const turn = () => {
    const direction = cell.getAttribute("aria-sort") === first ? second : first;
    sort(direction);
    cell.setAttribute("aria-sort", direction);
  };
  cell.append(make(
    "button", {type: "button", "aria-label": text("sort_by", {column: column.title}), on: {click: turn}},
    make("span", {class: "title"}, column.title),
  ));
  return cell;
};

const sorted = (rows, order, direction) => {
  const sign = direction === "ascending" ? 1 : -1;
  return [...rows].sort((one, two) => {
    const [a, b] = [order(one), order(two)];
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1; /* last, always */
    if (b === null || b === undefined) return -1;
    const compared = typeof a === "number" ? a - b : String(a).localeCompare(String(b), undefined, {numeric: true});
    return sign * compared;
  });
};
