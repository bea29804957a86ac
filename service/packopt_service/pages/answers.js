/* What the orders were answered: figures, a table, and what could not be accepted. */

import {answersCsv} from "/static/csv.js";
import {byId, make, save} from "/static/dom.js";
import {showOrder} from "/static/order.js";
import {rejectsTable} from "/static/rejects.js";
import {DIGITS, costOf, mass, number, packageOf, percent} from "/static/shown.js";
import {table} from "/static/table.js";
import {counted, text, whenSwitched} from "/static/texts.js";
import {verdictMark} from "/static/verdicts.js";

let told = null;

whenSwitched(() => told && show());

/**
 * Show answers.
 * @param {object} answer What POST /v1/recommendations said, with what it was asked.
 */
export const showAnswers = (answer) => {
  told = answer;
  show();
  byId("answers").focus({preventScroll: true});
  byId("answers").scrollIntoView({block: "start"});
};

/** Show none. */
export const clearAnswers = () => {
  told = null;
  byId("answers").hidden = true;
};

const show = () => {
  const accepted = told.answers.filter((answer) => answer.verdict !== "rejected");
  const rejects = [...told.unread, ...rejected(told)];
  const place = byId("answers");
  place.hidden = false;
  place.replaceChildren(...[
    make("h2", {id: "answers-title"}, text("answers_title")),
    made(accepted),
    cards(accepted, rejects),
    ...[...told.said, ...told.notes].map((note) => make("p", {class: "notice", lang: "en"}, note)),
    told.evidence ? null : make("p", {class: "notice"}, text("ask_stock")),
    accepted.length ? tools(accepted) : null,
    accepted.length ? answersTable(accepted) : null,
    rejects.length ? rejectsTable(rejects) : null,
  ].filter(Boolean));
};

const made = (accepted) => make("p", {class: "quiet"}, text("answers_made", {
  orders: counted("orders", accepted.length), catalogue: told.catalogue, engine: told.engine,
}));

const cards = (accepted, rejects) => {
  const all = accepted.length;
  const optimal = accepted.filter((answer) => answer.verdict === "optimal").length;
  const parcels = accepted.flatMap((answer) => answer.parcels || []);
  const total = (values) => values.reduce((sum, value) => sum + (value || 0), 0);
  const empty = total(parcels.map((parcel) => parcel.empty_space_outer)) / parcels.length;
  const refused = new Set(rejects.map((one) => one.order_id)).size;
  const {objective} = told, cost = total(accepted.map((answer) => costOf(objective, answer.cost)));
  const costs = {material: mass(cost), volume: `${number(cost, 1)}\u00a0L`, cost: number(cost, 2)};
  return make(
    "dl", {class: "cards"},
    card("card_orders", number(all)),
    card("card_optimal", number(optimal), text("card_of", {n: number(all)})),
    card("card_parcels", number(parcels.length)),
    card(`card_${objective}`, costs[objective]),
    card("card_empty", parcels.length ? `${percent(empty)}\u00a0%` : "–"),
    refused ? card("card_rejected", number(refused), "", "warn") : null,
  );
};

const card = (title, figure, unit = "", kind = "") => make(
  "div", {class: `card ${kind}`},
  make("dt", {}, text(title)),
  make("dd", {}, make("b", {}, figure), unit ? ` ${unit}` : ""),
);

const tools = (accepted) => {
  const download = () => save("packopt-answers.csv", answersCsv(accepted, told.objective), "text/csv");
  return make(
    "div", {class: "tools"},
    make("p", {class: "quiet"}, text("answers_hint")),
    make("button", {type: "button", class: "secondary", on: {click: download}}, text("answers_csv")),
  );
};

const answersTable = (accepted) => {
  const {objective} = told, digits = DIGITS[objective];
  const chosen = (answer, rows) => showOrder(answer, rows, told);
  const columns = [
    {
      title: text("column_order"),
      cell: (answer, open) => make("button", {type: "button", class: "open", on: {click: open}}, answer.order_id),
      order: (answer) => answer.order_id,
    },
    {title: text("column_verdict"), cell: (one) => verdictMark(one.verdict), order: (one) => one.verdict},
    {title: text("column_package"), cell: packageOf, order: packageOf},
    figureColumn("column_parcels", (one) => one.parcels?.length ?? 0, 0),
    figureColumn("column_units", (one) => one.units, 0),
    figureColumn(`column_${objective}`, (one) => costOf(objective, one.cost), digits),
    figureColumn("column_weight", grossOf, 0),
    figureColumn("column_empty", (one) => emptyOf(one), 1),
  ];
  return table({caption: text("answers_title"), columns, rows: accepted, chosen});
};

const figureColumn = (title, value, digits) => ({
  title: text(title), numeric: true, order: value, cell: (one) => number(value(one), digits),
});

const grossOf = (answer) => {
  const parcels = answer.parcels || [];
  if (!parcels.length || parcels.some((parcel) => parcel.gross_g === null)) return null;
  return parcels.reduce((sum, parcel) => sum + parcel.gross_g, 0);
};

const emptyOf = (answer) => (answer.empty_space_outer === null ? null : 100 * answer.empty_space_outer);

/* Orders that the reader took and the packer did not; a pointer says the line, which has no row. */
const rejected = ({answers}) => answers.filter((answer) => answer.verdict === "rejected").flatMap((answer) => (
  answer.errors.map((error) => ({...error, order_id: answer.order_id, row: null}))
));
