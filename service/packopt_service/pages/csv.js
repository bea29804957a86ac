/* Answers as CSV, one row for each parcel (RFC 4180). */

const COLUMNS = [
  "order_id", "verdict", "parcels", "parcel", "package_id", "kind", "length_mm", "width_mm", "height_mm",
  "units", "content_g", "tare_g", "fill_g", "gross_g", "empty_space_outer", "parcel_cost", "order_cost",
  "objective",
];

/**
 * The file.
 * @param {object[]} answers
 * @param {string} objective
 * @returns {string}
 */
export const answersCsv = (answers, objective) => {
  const rows = answers.flatMap((answer) => rowsOf(answer, objective));
  return [COLUMNS, ...rows].map((row) => row.map(quoted).join(",") + "\r\n").join("");
};

const rowsOf = (answer, objective) => {
  const parcels = answer.parcels || [];
  const order = {
    order_id: answer.order_id, verdict: answer.verdict, parcels: parcels.length, order_cost: answer.cost, objective,
  };
  return (parcels.length ? parcels : [{}]).map((parcel) => {
    const row = {...parcel, ...order, parcel_cost: parcel.cost};
    return COLUMNS.map((name) => row[name]);
  });
};

const quoted = (value) => {
  const plain = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};
