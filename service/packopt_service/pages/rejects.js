/* Lines that could not be accepted: where, what was found, what is wrong, and what to do. */

import {make} from "/static/dom.js";
import {table} from "/static/table.js";
import {text} from "/static/texts.js";

/**
 * A section with a table of rejects.
 * @param {{row: number | null, order_id: string, field: string, value: string, reason: string, hint: string}[]} rejects
 * @returns {HTMLElement}
 */
export const rejectsTable = (rejects) => {
  const columns = [
    {title: text("column_order"), cell: (one) => one.order_id ?? "–", order: (one) => one.order_id},
    {title: text("column_row"), cell: (one) => one.row ?? "–", order: (one) => one.row, numeric: true},
    {title: text("column_field"), cell: (one) => make("code", {}, one.field ?? "–"), order: (one) => one.field},
    {title: text("column_value"), cell: (one) => make("code", {}, one.value || "–")},
    {title: text("column_reason"), cell: (one) => one.reason ?? "", lang: "en"},
    {title: text("column_hint"), cell: (one) => one.hint ?? "", lang: "en"},
  ];
  return make(
    "section", {class: "rejects"},
    make("h3", {}, text("rejects_title")),
    make("p", {}, text("rejects_lead")),
    table({caption: text("rejects_title"), columns, rows: rejects}),
  );
};
