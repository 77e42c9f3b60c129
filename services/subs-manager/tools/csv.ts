/** What a spreadsheet would take for a formula: it runs what a subscriber chose as a name (CWE-1236). */
const FORMULA = /^[\s\0]*[=+\-@\t\r\n＝＋－＠]/;
/** What cannot stand in a field without quotes; `;` and tabs because spreadsheets of other countries split there. */
const QUOTED = /[",;\t\r\n]|^\s|\s$/;

/** One field of RFC 4180. Numbers are written as they are; a text that looks like a formula begins with an apostrophe. */
function field(value: string | number | bigint): string {
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record with its line end. */
export const csvRecord = (values: readonly (string | number | bigint)[]): string =>
  `${values.map(field).join(',')}\r\n`;
