/** A name as an SQL identifier, whatever characters it has. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A name as SQLite compares names: upper and lower case of the 26 ASCII letters are the same, all other
 * letters are not. See https://www.sqlite.org/lang_keywords.html
 */
export function foldName(name: string): string {
  // Names of ASCII letters alone take the short way: this runs for every word of a schema.
  return isAscii(name) ? name.toLowerCase() : name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The same in upper case, for what is shown as a keyword: types, collations. */
export function foldUpper(name: string): string {
  return isAscii(name) ? name.toUpperCase() : name.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

function isAscii(name: string): boolean {
  return !/[^\0-\x7f]/.test(name)
}
