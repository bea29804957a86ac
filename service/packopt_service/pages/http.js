/* Asking the service. The browser adds the key by itself; no script ever sees it. */

import {make} from "/static/dom.js";
import {text} from "/static/texts.js";

/** What the service says is wrong: problem details (RFC 9457). */
export class Problem extends Error {
  constructor(status, details) {
    super(details.detail || details.title || String(status));
    this.status = status;
    this.errors = details.errors || [];
    this.requestId = details.request_id;
  }
}

/**
 * Send a request.
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} Its answer, which is no error.
 * @throws {Problem} If it is one, or none comes.
 */
export const send = async (path, options = {}) => {
  let answer;
  try {
    answer = await fetch(path, {cache: "no-store", ...options});
  } catch (fault) {
    throw new Problem(0, {detail: text("problem_network")});
  }
  if (answer.ok) return answer;
  let details = {};
  try {
    details = await answer.json();
  } catch (fault) {
    details = {detail: `${answer.status} ${answer.statusText}`};
  }
  if (answer.status === 403) details.detail = text("problem_forbidden", {detail: details.detail});
  throw new Problem(answer.status, details);
};

/**
 * Get a JSON document.
 * @param {string} path
 * @returns {Promise<any>}
 */
export const get = async (path) => (await send(path, {headers: {Accept: "application/json"}})).json();

/**
 * Post something.
 * @param {string} path
 * @param {BodyInit} body
 * @param {string} type Its media type.
 * @param {string} [key] Idempotency key, of what must not be done twice.
 * @returns {Promise<any>} The JSON that it is answered.
 */
export const post = async (path, body, type, key) => {
  const headers = {"Content-Type": type, Accept: "application/json"};
  if (key) headers["Idempotency-Key"] = key;
  return (await send(path, {method: "POST", body, headers})).json();
};

/**
 * A key that no other request has.
 * @returns {string}
 */
export const newKey = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  /* Browsers offer it on encrypted connections only; a warehouse may have plain ones. */
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/**
 * Show what went wrong in a place of the page, or nothing.
 * @param {HTMLElement} place
 * @param {Error | null} fault
 */
export const showFault = (place, fault) => {
  place.replaceChildren();
  if (!fault) return;
  const most = 8, errors = fault.errors || [];
  const list = errors.slice(0, most).map((one) => (
    make("li", {}, make("code", {}, one.pointer || "–"), " ", one.detail)
  ));
  if (errors.length > most) list.push(make("li", {}, text("problem_more", {n: errors.length - most})));
  place.append(make(
    "div", {class: "problem", role: "alert"},
    make("h2", {}, text("problem")),
    make("p", {}, fault.message),
    errors.length > 1 ? make("ul", {}, ...list) : null,
    fault.requestId ? make("p", {class: "quiet"}, text("problem_request", {id: fault.requestId})) : null,
  ));
};
