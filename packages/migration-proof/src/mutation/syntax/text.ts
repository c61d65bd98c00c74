/** The first character of a piece of SQL, and the one behind its last. */
export type Range = readonly [start: number, end: number]

/** Another text for a piece of SQL. */
export interface Edit {
  readonly range: Range
  readonly text: string
}

/** Makes edits, whose ranges must not overlap, in a text. */
export function editText(sql: string, edits: readonly Edit[]): string {
  let text = sql
  for (const { range, text: replacement } of edits.toSorted(
    (left, right) => right.range[0] - left.range[0],
  )) {
    text = text.slice(0, range[0]) + replacement + text.slice(range[1])
  }
  return text
}

export function sliceOf(sql: string, [start, end]: Range): string {
  return sql.slice(start, end)
}

/** Where a node stands. @throws {RangeError} when it was parsed without ranges */
export function rangeOf(node: { readonly range?: readonly [number, number] }): Range {
  if (node.range === undefined) throw new RangeError('A node of the syntax tree has no range')
  return node.range
}

/** The place right behind a range. */
export function after([, end]: Range): Range {
  return [end, end]
}
