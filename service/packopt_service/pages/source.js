/* Where orders come from: a file that is dropped or chosen, or rows that are pasted. */

import {byId} from "/static/dom.js";
import {fileSize} from "/static/shown.js";
import {text, whenSwitched} from "/static/texts.js";

const TYPES = {
  csv: "text/csv", tsv: "text/csv", txt: "text/csv",
  json: "application/json",
  ndjson: "application/x-ndjson", jsonl: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet", pq: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file", ipc: "application/vnd.apache.arrow.file",
  feather: "application/vnd.apache.arrow.file",
  arrows: "application/vnd.apache.arrow.stream",
};

/** Media types that are read while one waits. */
export const AT_ONCE = ["text/csv", "application/json", "application/x-ndjson"];

/**
 * The media type of a file, by its name.
 * @param {string} name
 * @returns {string}
 */
export const typeOf = (name) => TYPES[name.toLowerCase().split(".").pop()] || "text/csv";

let file = null;

/** Make the place for files and the field for rows work. */
export const startSource = () => {
  const drop = byId("drop"), input = byId("file"), paste = byId("paste");
  input.addEventListener("change", () => take(input.files[0] || null));
  byId("remove-file").addEventListener("click", () => {
    take(null);
    input.focus();
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0] || null);
  });
  byId("sample").addEventListener("click", async () => {
    const sample = await fetch("/static/sample.csv");
    paste.value = await sample.text();
    take(null);
    paste.scrollTop = 0;
    byId("ask-now").focus();
  });
  byId("clear").addEventListener("click", () => {
    paste.value = "";
    show();
    paste.focus();
  });
  paste.addEventListener("input", show);
  whenSwitched(show);
  show();
};

/**
 * What is to be asked about.
 * @returns {{body: Blob | string, type: string, size: number} | null} None if there is nothing.
 */
export const source = () => {
  if (file) return {body: file, type: typeOf(file.name), size: file.size};
  const rows = byId("paste").value;
  if (!rows.trim()) return null;
  return {body: rows, type: pastedType(rows), size: new Blob([rows]).size};
};

const take = (taken) => {
  file = taken;
  if (!taken) byId("file").value = "";
  show();
};

const show = () => {
  byId("chosen").hidden = !file;
  if (file) byId("chosen-name").textContent = text("source_file", {name: file.name, size: fileSize(file.size)});
  byId("clear").hidden = !byId("paste").value;
  byId("paste").disabled = Boolean(file);
};

/* A document in brackets is JSON; one object for each line is NDJSON; anything else has commas. */
const pastedType = (rows) => {
  const start = rows.trimStart()[0];
  if (start === "[") return "application/json";
  if (start !== "{") return "text/csv";
  try {
    JSON.parse(rows);
    return "application/json";
  } catch (fault) {
    return "application/x-ndjson";
  }
};
