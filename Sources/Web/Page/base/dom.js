// Elements of the document, made and filled.

/**
 * An element with attributes and children; text is never taken for HTML.
 * @param {string} name
 * @param {Object<string, string | number>} [attributes] @param {...(Node | string)} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

/** To ask for the selection has the browser lay out the page: nobody asks while nothing is selected. */
let hasSelection = false;
document.addEventListener("selectionchange", () => { hasSelection = !getSelection().isCollapsed; });

/** Whether a person is selecting some of what a place shows, or has selected it. */
const isSelected = (place) => place.matches(":active") || (hasSelection && getSelection().containsNode(place, true));

/** Shows content in a place; what is there stays if it is the same, and for as long as a person has some of it selected. */
export function render(place, ...content) {
  const next = place.cloneNode();
  next.append(...content);
  if (!place.isEqualNode(next) && !isSelected(place)) place.replaceChildren(...next.childNodes);
}

/** A row of a table. */
export const tableRow = (cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));

/** Puts a row on top of a table's body, keeps it short, and takes the row away that said there was none. */
export function addRow(body, cells, most = 200) {
  body.querySelector(".empty")?.remove();
  body.prepend(tableRow(cells));
  while (body.rows.length > most) body.deleteRow(-1);
}

/** Fills a list of cards from pairs of name and value. */
export function showCards(list, pairs) {
  render(list, ...pairs.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))));
}

/** Gives a file to the browser to be saved. @param {string} name @param {Blob} content */
export function save(name, content) {
  const link = element("a", { download: name, href: URL.createObjectURL(content) });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A cell of a spreadsheet; a leading "=" is kept from being a formula. */
function cell(value) {
  const text = String(value ?? "").replace(/^([=+\-@])/, (sign) => (typeof value === "number" ? sign : `'${sign}`));
  return `"${text.replaceAll('"', '""')}"`;
}

/** Rows as spreadsheets read them. @param {string[]} columns @param {object[]} rows */
export const csv = (columns, rows) =>
  new Blob([[columns.join(","), ...rows.map((row) => columns.map((name) => cell(row[name])).join(","))].join("\r\n")], { type: "text/csv" });

export const json = (value) => new Blob([JSON.stringify(value, null, 2)], { type: "application/json" });
