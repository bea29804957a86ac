/* Numbers as people read them. */

import {text, word} from "/static/texts.js";

const FIXED = "\u00a0";
const KILO = 1000;
const MM3_PER_L = 1e6;
const MM_PER = {mm: 1, cm: 10, m: 1000, in: 25.4};

/** @type {(value: number | null, digits?: number) => string} A number, or a dash for none. */
export const number = (value, digits = 0) => (
  value === null || value === undefined ? "–" : value.toLocaleString("en", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  })
);

/** @type {(grams: number | null) => string} A mass in the unit that reads best. */
export const mass = (grams) => {
  if (grams === null || grams === undefined) return text("unknown");
  return grams >= KILO ? `${number(grams / KILO, 2)}${FIXED}kg` : `${number(grams)}${FIXED}g`;
};

/** @type {(share: number | null) => string} A share in percent, without the sign. */
export const percent = (share) => (share === null || share === undefined ? "–" : number(100 * share, 1));

/** @type {(sides: number[]) => string} Sides. */
export const sides = (...mm) => mm.map((side) => number(side)).join(`${FIXED}×${FIXED}`);

/** @type {(bytes: number) => string} The size of a file. */
export const fileSize = (bytes) => {
  if (bytes < 1e6) return `${number(Math.max(1, bytes / 1e3))}${FIXED}kB`;
  return `${number(bytes / 1e6, 1)}${FIXED}MB`;
};

/**
 * What an objective counts, of one answer.
 * @param {string} objective
 * @param {number | null} cost
 * @returns {number | null} In g, litres or money.
 */
export const costOf = (objective, cost) => (
  objective === "volume" && cost !== null && cost !== undefined ? cost / MM3_PER_L : cost
);

/** @type {Record<string, number>} Decimals of what an objective counts. */
export const DIGITS = {material: 1, volume: 2, cost: 2};

/**
 * The package of an answer in a word.
 * @param {{package_id?: string, parcels?: {package_id: string, kind: string}[]}} answer
 * @returns {string}
 */
export const packageOf = (answer) => {
  const parcels = answer.parcels || [];
  if (!parcels.length) return "–";
  if (parcels.length > 1) return text("several", {n: parcels.length});
  return packageName(parcels[0]);
};

/** @type {(parcel: {package_id: string, kind: string}) => string} What a parcel is packed in. */
export const packageName = (parcel) => (
  parcel.kind === "own_container" ? text("kind_own_container_name") : parcel.package_id
);

/**
 * The sides of a catalogue's package, as its row states them.
 * @param {Record<string, unknown> | undefined} row
 * @returns {string} In mm.
 */
export const packageSides = (row) => {
  const found = ["length", "width", "height"].map((side) => sideOf(row, side));
  if (found[2] === null) found[2] = sideOf(row, "max_thickness");
  const known = found.filter((side) => side !== null);
  return known.length ? sides(...known) : "–";
};

/** @type {(row: Record<string, unknown> | undefined) => string} The kind of a package in words. */
export const packageKind = (row) => (row && row.kind ? word("kind", String(row.kind)) : "");

const sideOf = (row, side) => {
  for (const [unit, mm] of Object.entries(MM_PER)) {
    const value = row && row[`${side}_${unit}`];
    if (value !== undefined && value !== null && value !== "") return Math.floor(Number(value) * mm + 1e-6);
  }
  return null;
};
