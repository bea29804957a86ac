/* One order: its parcels in 3D, and why nothing smaller holds it. */

import {byId, make} from "/static/dom.js";
import {get} from "/static/http.js";
import {fitFrame, listenIn} from "/static/frame.js";
import {DIGITS, costOf, number, packageKind, packageOf, packageSides, percent} from "/static/shown.js";
import {table} from "/static/table.js";
import {currentLanguage, text, whenSwitched} from "/static/texts.js";
import {verdictMark} from "/static/verdicts.js";

/* Reasons whose sentence has numbers; of the others there is no more to say. */
const DETAILED = ["weight", "side", "volume", "policy"];

const dialog = byId("order");
const catalogues = new Map();
let shown = null;

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  shown = null;
});
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
whenSwitched(() => shown && showOrder(...shown));

/**
 * Show an order above the page.
 * @param {object} answer
 * @param {object[]} rows All answers, in the order in which they are shown.
 * @param {object} told What they were told with.
 */
export const showOrder = async (answer, rows, told) => {
  shown = [answer, rows, told];
  const why = make("div");
  dialog.replaceChildren(head(answer, rows, told), make(
    "div", {class: "order-body"},
    facts(answer, told),
    ...plan(answer, told),
    why,
    actions(answer, told),
  ));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  const [packages, details] = await Promise.all([packagesOf(answer, told), detailsOf(answer, told)]);
  if (shown?.[0] === answer) why.replaceChildren(...ruledOut(answer, packages, details));
};

/* In a path, an id such as .. would be a step up. */
const path = (answer, what, more) => `/v1/${what}?${new URLSearchParams({order: answer.order_id, ...more})}`;

const head = (answer, rows, told) => {
  const at = rows.indexOf(answer);
  const step = (key, sign, other) => make("button", {
    type: "button", class: "round", "aria-label": text(key), disabled: !rows[other],
    on: {click: () => showOrder(rows[other], rows, told)},
  }, sign);
  return make(
    "header", {},
    make("h2", {id: "order-title"}, text("order", {id: answer.order_id})),
    verdictMark(answer.verdict),
    make(
      "div", {class: "buttons"},
      step("previous_order", "‹", at - 1),
      step("next_order", "›", at + 1),
      make("button", {type: "button", class: "round", "aria-label": text("close"), autofocus: true, on: {click: () => dialog.close()}}, "×"),
    ),
  );
};

/* The plan tells each parcel's own figures; these are the order's. */
const facts = (answer, {objective}) => make(
  "dl", {class: "facts"},
  fact("column_package", packageOf(answer), "large"),
  fact(`column_${objective}`, number(costOf(objective, answer.cost), DIGITS[objective])),
  fact("column_units", number(answer.units)),
  fact("column_parcels", number(answer.parcels?.length ?? 0)),
  fact("column_empty", percent(answer.empty_space_outer)),
);

const fact = (title, value, kind = "") => make("div", {class: kind}, make("dt", {}, text(title)), make("dd", {}, value));

const meaning = (answer) => {
  const parcels = answer.parcels?.length ?? 0;
  if (answer.verdict === "partial") {
    const units = answer.unpacked.map((one) => `${one.sku} × ${one.qty}`).join(", ");
    return text("means_partial", {units});
  }
  if (parcels > 1) return text("means_split", {n: parcels});
  if (answer.verdict === "optimal" && !answer.ruled_out.length) return text("means_first");
  return text(`means_${answer.verdict}`);
};

const plan = (answer, told) => {
  if (!answer.parcels?.length) return [];
  if (!told.evidence) return [make("p", {class: "notice"}, text("plan_missing"))];
  const query = {lang: currentLanguage(), place: "page"};
  const frame = make("iframe", {
    class: "plan", title: text("plan_frame", {id: answer.order_id}),
    src: path(answer, "pages/parcel", query),
  });
  fitFrame(frame);
  listenIn(frame, {keydown: (event) => event.key === "Escape" && dialog.close()});
  return [frame];
};

/* Kinds and sizes stand in the catalogue, which the evidence holds. */
const packagesOf = async (answer, told) => {
  if (!told.evidence || !answer.ruled_out?.length) return new Map();
  if (!catalogues.has(told.catalogue_digest)) {
    try {
      const {catalogue} = await get(path(answer, "evidence"));
      catalogues.set(told.catalogue_digest, new Map(catalogue.packages.map((row) => [String(row.package_id), row])));
    } catch (fault) {
      return new Map();
    }
  }
  return catalogues.get(told.catalogue_digest);
};

/* The numbers behind each reason; they are told in English only. */
const detailsOf = async (answer, told) => {
  if (!told.evidence || !answer.ruled_out?.length) return {};
  try {
    return await get(path(answer, "pages/why"));
  } catch (fault) {
    return {};
  }
};

const ruledOut = (answer, packages, details) => {
  const rows = answer.ruled_out || [];
  const isNone = !answer.parcels?.length;
  const title = text(isNone ? "why_none_title" : "why_title");
  const known = packages.size > 0;
  const columns = [
    {
      title: text("column_package"),
      cell: (row) => make("span", {}, make("b", {}, row.package_id), " ", make("span", {class: "quiet"}, packageKind(packages.get(row.package_id)))),
    },
    known ? {title: text("column_size"), numeric: true, cell: (row) => packageSides(packages.get(row.package_id))} : null,
    {title: text("column_why"), cell: (row) => make(
      "span", {class: "why"},
      make("span", {}, text(`reason_${row.reason}`)),
      DETAILED.includes(row.reason) && details[row.package_id]
        ? make("small", {lang: "en"}, details[row.package_id]) : null,
    )},
  ];
  return [
    make("h3", {}, title),
    make("p", {class: "means"}, meaning(answer)),
    rows.length ? table({caption: title, columns: columns.filter(Boolean), rows}) : "",
  ];
};

const actions = (answer, told) => {
  if (!told.evidence) return null;
  const lang = currentLanguage();
  const away = {target: "_blank", rel: "noopener"};
  const hasPlan = Boolean(answer.parcels?.length);
  return make(
    "p", {class: "actions"},
    hasPlan ? make("a", {class: "button", href: path(answer, "sheet", {lang}), ...away}, text("open_sheet")) : null,
    make("a", {class: "button", href: path(answer, "evidence"), download: `evidence-${answer.order_id}.json`}, text("download_evidence")),
    hasPlan ? make("a", {class: "button", href: path(answer, "view", {lang}), ...away}, text("open_view")) : null,
  );
};
