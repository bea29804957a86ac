/* Elements without markup: whatever comes from orders is text, and nothing else. */

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] Attributes; "on" for listeners, "class", "data".
 * @param {...(Node | string | number | null | undefined)} children
 * @returns {HTMLElement}
 */
export const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined).map(asNode));
  return element;
};

/**
 * The element with an id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export const byId = (id) => document.getElementById(id);

/**
 * Let the browser save a text as a file.
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
export const save = (name, content, type) => {
  const url = URL.createObjectURL(new Blob([content], {type}));
  make("a", {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

const asNode = (child) => (child instanceof Node ? child : document.createTextNode(String(child)));
