/* Another package than the recommended one: which, and why. */

import {byId, make} from "/static/dom.js";
import {text} from "/static/texts.js";

const REASONS = ["does_not_fit", "out_of_stock", "damaged", "fragile", "customer_wish", "other"];

const dialog = byId("override");
let recommended = "";
let settle = () => {};

/** Make the form work. */
export const startOverride = () => {
  byId("override-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const found = chosen(), fault = faultOf(found);
    byId("override-fault").textContent = fault ? text(fault.key, {recommended}) : "";
    if (fault) {
      fault.place.focus();
      return;
    }
    settle(found);
    dialog.close();
  });
  byId("override-cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => settle(null));
};

/**
 * Ask which package was used, and why.
 * @param {{package_id: string}} parcel
 * @param {number} n Its number.
 * @param {string[]} packages Ids of the catalogue.
 * @returns {Promise<{package_id: string, reason: string, note: string | null} | null>} None if nothing is to change.
 */
export const askOverride = (parcel, n, packages) => {
  recommended = parcel.package_id;
  byId("override-title").textContent = text("override_title", {n});
  byId("override-package").value = "";
  byId("override-note").value = "";
  byId("override-fault").textContent = "";
  byId("packages").replaceChildren(...packages.filter((id) => id !== recommended).map((id) => make("option", {value: id})));
  byId("reasons").replaceChildren(...REASONS.map((reason) => make(
    "label", {},
    make("input", {type: "radio", name: "reason", value: reason}),
    make("span", {}, text(`override_reason_${reason}`)),
  )));
  dialog.showModal();
  byId("override-package").focus();
  return new Promise((resolve) => { settle = resolve; });
};

const chosen = () => {
  const reason = dialog.querySelector("input[name=reason]:checked");
  return {
    package_id: byId("override-package").value.trim(),
    reason: reason ? reason.value : null,
    note: byId("override-note").value.trim() || null,
  };
};

const faultOf = ({package_id: used, reason}) => {
  if (!used) return {key: "override_needs_package", place: byId("override-package")};
  if (!reason) return {key: "override_needs_reason", place: dialog.querySelector("input[name=reason]")};
  return null;
};
