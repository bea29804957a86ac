/* What the page says, in the language that its address names (?lang=zh), and nowhere else kept. */

const LANGUAGES = ["en", "zh"];
const HTML_LANGUAGE = {en: "en", zh: "zh-Hans"};
const listeners = new Set();
let language = "en";
let texts = {};

/**
 * Read the texts of the language that the address names, or the browser prefers, and show them.
 * @returns {Promise<void>}
 */
export const startTexts = async () => {
  const asked = new URLSearchParams(location.search).get("lang");
  const preferred = navigator.language.startsWith("zh") ? "zh" : "en";
  await choose(LANGUAGES.includes(asked) ? asked : preferred);
  document.documentElement.classList.remove("loading");
  for (const link of document.querySelectorAll("[data-language]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      switchTo(link.dataset.language);
    });
  }
};

/**
 * Call a function whenever another language is chosen.
 * @param {() => void} listener
 */
export const whenSwitched = (listener) => listeners.add(listener);

/** @returns {"en" | "zh"} The language that is shown. */
export const currentLanguage = () => language;

/**
 * A text.
 * @param {string} key
 * @param {Record<string, string | number>} [values] What its {places} are filled with.
 * @returns {string}
 */
export const text = (key, values = {}) => {
  const found = texts[key];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
};

/**
 * A text if there is one, else what it would stand for.
 * @param {string} prefix
 * @param {string} word
 * @returns {string}
 */
export const word = (prefix, word) => texts[`${prefix}_${word}`] ?? word;

/**
 * A number of things.
 * @param {string} things Such as "orders".
 * @param {number} n
 * @returns {string}
 */
export const counted = (things, n) => (
  text(`${things}_${n === 1 ? "one" : "many"}`, {n: n.toLocaleString("en")})
);

/**
 * Put texts into the elements that name them.
 * @param {ParentNode} root
 */
export const applyTexts = (root) => {
  for (const one of root.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
  for (const one of root.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", text(one.dataset.label));
  }
  for (const one of root.querySelectorAll("[data-placeholder]")) {
    one.placeholder = text(one.dataset.placeholder);
  }
};

const choose = async (wanted) => {
  const answer = await fetch(`/static/texts/${wanted}.json`);
  if (!answer.ok) throw new Error(`the texts of the page: ${answer.status}`);
  texts = await answer.json();
  language = wanted;
  document.documentElement.lang = HTML_LANGUAGE[wanted];
  document.title = text(document.documentElement.classList.contains("bench") ? "title_bench" : "title");
  applyTexts(document);
  for (const link of document.querySelectorAll("[data-language]")) {
    link.toggleAttribute("aria-current", link.dataset.language === wanted);
  }
  for (const link of document.querySelectorAll("[data-lang-link]")) {
    const place = new URL(link.href);
    place.searchParams.set("lang", wanted);
    link.href = place.pathname + place.search + place.hash;
  }
};

const switchTo = async (wanted) => {
  if (wanted === language) return;
  await choose(wanted);
  const place = new URL(location.href);
  place.searchParams.set("lang", wanted);
  history.replaceState(null, "", place);
  for (const listener of listeners) listener();
};
