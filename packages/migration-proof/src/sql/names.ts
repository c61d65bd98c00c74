/**
 * The keywords that SQLite never accepts as a name without quotes. All others, such as `key` or `match`, need no
 * quotes. See https://www.sqlite.org/lang_keywords.html
 */
const reservedKeywords = new Set(
  `add all alter and as autoincrement between case check collate commit constraint create default deferrable
  delete distinct drop else escape except exists foreign from group having in index insert intersect into is
  isnull join limit not nothing notnull null on or order primary references returning select set table then to
  transaction union unique update using values when where`.split(/\s+/),
)

/** Words that mean a value when bare and a name when quoted: `DEFAULT "true"` is the text 'true'. */
const literalWords = new Set(['current_date', 'current_time', 'current_timestamp', 'false', 'true'])

/** Whether SQLite always treats the bare word as a keyword. The word is in lower case. */
export function isReservedKeyword(word: string): boolean {
  return reservedKeywords.has(word)
}

/** Whether a bare word is a value and not a name: `true`, `current_timestamp`. The word is in lower case. */
export function isLiteralWord(word: string): boolean {
  return literalWords.has(word)
}
/** A name as a quoted SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A name as SQLite compares names: upper and lower case of the 26 ASCII letters are the same, all other
 * letters are not. See https://www.sqlite.org/lang_keywords.html
 */
export function foldName(name: string): string {
  // ASCII names take the fast path: this runs for every word of a schema.
  return isAscii(name) ? name.toLowerCase() : name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The same in upper case, for what is shown as a keyword: types, collations. */
export function foldUpper(name: string): string {
  return isAscii(name) ? name.toUpperCase() : name.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

function isAscii(name: string): boolean {
  return !/[^\0-\x7f]/.test(name)
}

/** Whether an object is one that an engine makes for itself: SQLite's, or Turso's, which keeps its sequences in tables. */
export function isInternalName(name: string): boolean {
  return /^(?:sqlite_|__turso_internal_)/.test(foldName(name))
}
