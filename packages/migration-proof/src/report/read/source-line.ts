/** A file of source text. */
export interface SourceFile {
  /** From the folder of the project, with slashes. */
  readonly path: string
  readonly text: string
}

/**
 * Finds the lines on which statements stand in a source text, each after the one before it. White space does not
 * matter, so that line ends and another indentation do not hide a statement.
 *
 * @returns a line for each statement, counted from 1; null for one that the text does not hold as it is
 */
export function findLines(text: string, statements: readonly string[]): (number | null)[] {
  const source = withoutSpace(text)
  let from = 0
  return statements.map((statement) => {
    const sought = withoutSpace(statement).text
    const place = source.text.indexOf(sought, from)
    const found = place === -1 ? source.text.indexOf(sought) : place
    const offset = source.offsets[found]
    if (found === -1 || offset === undefined) return null
    from = found + sought.length
    return lineAt(text, offset)
  })
}

function withoutSpace(text: string): { readonly text: string; readonly offsets: readonly number[] } {
  const matches = [...text.matchAll(/\S/g)]
  return {
    text: matches.map(([character]) => character).join(''),
    offsets: matches.map(({ index }) => index),
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
