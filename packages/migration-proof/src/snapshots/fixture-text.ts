import { countOf } from '../count.ts'
import { howToRun } from '../how-to-run.ts'
import { goldenPath, readText, rowsPath } from './paths.ts'

const draftMark = '-- DRAFT'
const reviewNote = '-- Read every line'

/**
 * The first lines of a text that the harness wrote from the migrations under test. Until a person has read
 * it and deleted them, nothing is frozen from it: what code makes of itself proves nothing.
 *
 * @param question what the reader has to ask of each line
 * @param origin how it was made
 */
export function draftHeader(question: string, origin = 'made from the migrations'): string {
  return `${draftMark}, ${origin}: ${question}
${reviewNote}, change what is wrong, delete these two lines, and run \`${howToRun('freeze')}\` again.
`
}

const lossMark = '-- lost: '

/** A line of a draft about an object or a clause that the version before has: while it is there, the text stays a draft. */
export function lossLine(table: string, lost: string, replacement: string | null): string {
  const now = replacement === null ? '' : `, now ${replacement}`
  return `${lossMark}${table}: ${lost}${now}; delete this line only if that is intended\n`
}

/** The lines of a draft that name what was lost. */
export function listLosses(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(lossMark))
}

/** Whether a text still waits for a person to read it. */
export function isDraft(text: string): boolean {
  return text.startsWith(draftMark) || listLosses(text).length > 0
}

/** What a person does with a draft before it is frozen. */
export function howToReview(text: string): string {
  const losses = listLosses(text).length
  if (losses === 0) return 'delete its first lines'
  return `correct the migration, or delete ${countOf(losses, 'line')} '${lossMark.trim()}' where that shall go, and its first lines`
}

/** The text of a draft that was read: without the lines that say that it is one. */
export function withoutDraftHeader(text: string): string {
  const isHeader = (line: string) => line.startsWith(draftMark) || line.startsWith(reviewNote)
  const lines = text.split('\n')
  return lines
    .filter((line, place) => place > 1 || !isHeader(line))
    .join('\n')
    .trimStart()
}

/** A kind of text that snapshots are made from. */
export type TextKind = 'schemas' | 'rows'

/** Where a text of the fixtures is. */
export function textPath(fixtures: string, kind: TextKind, name: string): string {
  return kind === 'schemas' ? goldenPath(fixtures, name) : rowsPath(fixtures, name)
}

/** A text of the fixtures, with LF line ends; null where there is none. */
export function readFixtureText(fixtures: string, kind: TextKind, name: string): string | null {
  return readText(textPath(fixtures, kind, name))
}
