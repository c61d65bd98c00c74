import { errorMessage } from '../errors.ts'
import type { ToolProgram } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { type Content, diffContent, readContent } from '../snapshots/content-hash.ts'
import { openOnDisk, type SnapshotImage } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'

/** What the program of the tool is compared on. */
export interface ProgramComparison {
  readonly suite: Suite
  readonly image: SnapshotImage
  readonly target: number
  /** The database as the rules of the tool left it; null where they failed. */
  readonly upgraded: Connection | null
  /** Whether the rows are those of a user, so that no problem may show a value of them. */
  readonly hidesValues: boolean
}

/**
 * Lets the program of the project's tool upgrade the same bytes, where it is installed, and compares what it leaves with what the
 * emulation of its rules has left: schema, rows, and the notes of the tool.
 */
export function compareWithProgram(comparison: ProgramComparison): readonly Problem[] {
  const { suite, image, target, upgraded, hidesValues } = comparison
  const { tool = '', program: findProgram } = suite.plan.runner ?? {}
  const program = image.entry.version >= target ? null : (findProgram?.() ?? null)
  if (program === null) return []
  const name = `${tool} ${program.version}`
  const differs = (expected: string, actual: string) =>
    makeProblem('runner', {
      subject: { type: 'snapshot', name: image.entry.name },
      expected,
      actual,
      why: `What was proven by the emulated rules of ${tool} is not what your ${name} does.`,
      fix: `apply it with ${tool} by hand and look at the result, and report the difference to migration-proof`,
    })
  const first = runProgram(program, image, target)
  if (upgraded === null) {
    // Both fail: how is said by the failure itself.
    if (typeof first === 'string') return []
    return [differs(`an error, as by the emulated rules of ${tool}`, `that ${name} ends without one`)]
  }
  const expected = `what the emulated rules of ${tool} leave`
  if (typeof first === 'string')
    return [differs(expected, `that ${name} fails${hidesValues ? '' : ` with '${first}'`}`)]
  const emulated = readContent(upgraded)
  const found = diffContent(emulated, first)
  if (found.length === 0) return []
  const moving = findMoving(first, runLater(program, image, target))
  const kept = ({ tables, ...rest }: Content): Content => ({
    ...rest,
    tables: tables.filter((table) => !moving.has(table.name)),
  })
  return diffContent(kept(emulated), kept(first)).map((difference) =>
    differs(expected, `by ${name}: ${difference}`),
  )
}

/** What the program leaves, or the error that it reports. */
function runProgram(program: ToolProgram, image: SnapshotImage, target: number): Content | string {
  using copy = openOnDisk(image)
  try {
    program.apply(copy.path, target)
  } catch (error) {
    return errorMessage(error)
  }
  return readContent(copy.connection)
}

/** Long enough that a second has passed: what holds the time is another then. */
function runLater(program: ToolProgram, image: SnapshotImage, target: number): Content | string {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100)
  return runProgram(program, image, target)
}

/** The tables that hold the time, or chance: the clock stands still for the emulation alone. */
function findMoving(first: Content, second: Content | string): ReadonlySet<string> {
  if (typeof second === 'string') return new Set()
  const later = new Map(second.tables.map((table) => [table.name, JSON.stringify(table)]))
  return new Set(
    first.tables.flatMap((table) => (later.get(table.name) === JSON.stringify(table) ? [] : [table.name])),
  )
}
