/* What packers did and could not be saved: told until it is saved, or left. */

import {make} from "/static/dom.js";
import {text} from "/static/texts.js";

let unsaved = [];

/**
 * Note that a parcel could not be saved.
 * @param {{order: {id: string}, at: number, packing: object, fault: Error}} what
 */
export const noteUnsaved = (what) => {
  forgetUnsaved(what.order, what.at);
  unsaved.push(what);
};

/**
 * Forget that a parcel could not be saved.
 * @param {{id: string}} order
 * @param {number} at The parcel, from 0.
 */
export const forgetUnsaved = (order, at) => {
  unsaved = unsaved.filter((one) => one.order.id !== order.id || one.order.job !== order.job || one.at !== at);
};

/**
 * Show what could not be saved.
 * @param {HTMLElement} place
 * @param {{again: (what: object) => void, left: () => void}} act
 */
export const showUnsaved = (place, act) => {
  place.replaceChildren(...unsaved.map((one) => make(
    "div", {class: "saying fault"},
    make("p", {class: "title"}, text("bench_unsaved", {id: one.order.id, n: one.at + 1})),
    make("p", {}, one.fault.message),
    make(
      "p", {class: "actions"},
      button("bench_again", () => act.again(one)),
      button("bench_leave", () => {
        forgetUnsaved(one.order, one.at);
        act.left();
      }),
    ),
  )));
};

const button = (key, act) => make("button", {type: "button", class: "secondary", on: {click: act}}, text(key));
