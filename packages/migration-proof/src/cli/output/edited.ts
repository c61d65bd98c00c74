import { printable } from './printable.ts'

/** What is said of migrations whose files are others than those that a database notes. */
export function describeEdited(edited: readonly string[]): string {
  const names = printable(edited.join(', '))
  return `Edited since the file has had ${edited.length === 1 ? 'it' : 'them'}, by the checksum that it notes and its tool does not compare: ${names}.`
}
