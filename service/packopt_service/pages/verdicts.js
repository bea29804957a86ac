/* Verdicts as marks. */

import {make} from "/static/dom.js";
import {text} from "/static/texts.js";

const SIGNS = {optimal: "✓", feasible: "≈", unpackable: "✕", undecided: "?", partial: "◐"};

/**
 * A verdict in words, with a sign and a colour; none of them stands alone.
 * @param {string} verdict
 * @returns {HTMLElement}
 */
export const verdictMark = (verdict) => make(
  "span", {class: `verdict ${verdict}`},
  make("span", {class: "sign", "aria-hidden": "true"}, SIGNS[verdict] || "–"),
  text(`verdict_${verdict}`),
);
