/** `error`: rows are lost, or a statement fails. `warning`: wrong rows are accepted. `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note'

/** What kind of thing a problem is about. */
export const subjectTypes = [
  'base',
  'changelog',
  'check',
  'column',
  'config',
  'constraint',
  'contract',
  'database',
  'file',
  'fixture',
  'foreign key',
  'golden schema',
  'index',
  'migration',
  'mutant',
  'package',
  'part',
  'property',
  'snapshot',
  'table',
  'trigger',
  'upgrade',
  'version',
  'view',
  'waiver',
] as const

export type SubjectType = (typeof subjectTypes)[number]

/** What a problem is about. */
export interface ProblemSubject {
  readonly type: SubjectType
  /** Its name among those of its type: `note`, `note.text` of a column, `v2` of a migration. */
  readonly name: string
  /** What of it: `column` of a table, `note.id` of the migration that rebuilds that table. */
  readonly aspect?: string | undefined
  /** The table that it belongs to, where it is no table itself. */
  readonly table?: string | undefined
}

/** Something that was done on a private copy, and its result. Values in it are synthetic. */
export interface Evidence {
  readonly ran: string
  readonly happened: string
}

/** A position in a file of the project. */
export interface Location {
  /** From the folder of the project, with slashes. */
  readonly file: string
  /** Counted from 1; null where the whole file is meant. */
  readonly line: number | null
}

/** A change of the rows of a table that no migration declares, as far as it can be seen: what is null is as it was. */
export interface UndeclaredChange {
  /** Its name when the migration begins. */
  readonly table: string
  /** The columns whose values change, or that go. */
  readonly columns: readonly string[] | null
  readonly renamedTo: string | null
  readonly renamedColumns: Readonly<Record<string, string>> | null
  /** Whether rows go; which ones, a person says. */
  readonly hasRemoved: boolean
  readonly hasAdded: boolean
  /** Whether AUTOINCREMENT gives out ids of deleted rows again. */
  readonly reusesIds: boolean
}

/** What a command reports: the one shape for all commands and all outputs. `makeProblem` makes it. */
export interface Problem {
  /** Short and stable: the name of a check, the code of a finding or of a rule of the gate. */
  readonly code: string
  readonly severity: Severity
  /** `new`: it fails the run. `existing`: the base of the change has it too. `accepted`: a waiver gives the reason. */
  readonly status: 'new' | 'existing' | 'accepted'
  /** The reason in the waiver; null where the problem is not accepted. */
  readonly acceptedBecause: string | null
  readonly subject: ProblemSubject
  readonly expected: string
  readonly actual: string
  /** Why it matters. */
  readonly why: string
  /** The command or the action that fixes it. */
  readonly fix: string
  /** The version whose migration caused it, where that is known. */
  readonly version: number | null
  /** The snapshots, paths or databases in which it was seen. */
  readonly seenIn: readonly string[]
  /** The codes under which else the same fault was found. */
  readonly alsoFoundBy: readonly string[]
  readonly location: Location | null
  /** The URL of a page that explains it. */
  readonly source: string | null
  readonly evidence: readonly Evidence[]
  /** What the migration would declare, were it made on purpose; null where it cannot be meant, or it is no change of rows. */
  readonly undeclared: UndeclaredChange | null
}

/** A column, as `note.text`. */
export function columnSubject(table: string, column: string): ProblemSubject {
  return { type: 'column', name: `${table}.${column}`, table }
}

export function indexSubject(table: string, name: string): ProblemSubject {
  return { type: 'index', name, table }
}

/**
 * Makes a problem; what is not given is the usual: a new error of which nothing more is known.
 *
 * @example
 * ```js
 * import { makeProblem } from 'migration-proof'
 *
 * const subject = { type: 'table', name: 'note' }
 * const problem = makeProblem('own check', { subject, expected: 'a table', actual: 'none' })
 * console.log(problem.severity, problem.status) // error new
 * ```
 */
export function makeProblem(
  code: string,
  given: Pick<Problem, 'subject' | 'expected' | 'actual'> & Partial<Problem>,
): Problem {
  return {
    code,
    severity: 'error',
    status: 'new',
    acceptedBecause: null,
    why: '',
    fix: '',
    version: null,
    seenIn: [],
    alsoFoundBy: [],
    location: null,
    source: null,
    evidence: [],
    undeclared: null,
    ...given,
  }
}

/** Names that say by themselves what they name, such as `note.sql` or `the versions`. */
const selfExplaining: readonly SubjectType[] = [
  'base',
  'changelog',
  'config',
  'database',
  'file',
  'fixture',
  'foreign key',
  'mutant',
  'package',
  'part',
  'property',
  'upgrade',
]

/**
 * A subject for people: `table note, column`, `statement 'notes by date'`.
 *
 * @example
 * ```js
 * import { describeSubject } from 'migration-proof'
 *
 * console.log(describeSubject({ type: 'table', name: 'note', aspect: 'column' })) // table note, column
 * ```
 */
export function describeSubject({ type, name, aspect }: ProblemSubject): string {
  const whole =
    type === 'contract' ? `statement '${name}'` : selfExplaining.includes(type) ? name : `${type} ${name}`
  return aspect === undefined ? whole : `${whole}, ${aspect}`
}

/** A problem in one line: `table note, column (facts): expected id INTEGER, found none`. */
export function describeProblem({ code, subject, expected, actual, seenIn }: Problem): string {
  const where = seenIn.length === 0 ? '' : ` in ${seenIn.join(', ')}`
  return `${describeSubject(subject)} (${code})${where}: expected ${expected}, found ${actual}`
}

/** Whether it fails a run: it is neither accepted nor in the base of the change. */
export function isNew({ status }: Problem): boolean {
  return status === 'new'
}

/** What two problems of one check have in common that are the same, wherever they were seen. */
export function identityOf({ code, status, subject, expected, actual, version }: Problem): string {
  return JSON.stringify([code, status, describeSubject(subject), expected, actual, version])
}

/** Each fault once: with all in which it was seen, all checks that found it, and the migration that one of them names. */
export function mergeProblems(problems: readonly Problem[]): Problem[] {
  const merged = new Map<string, Problem>()
  for (const problem of problems) {
    const { status, subject, expected, actual } = problem
    const key = JSON.stringify([status, describeSubject(subject), expected, actual])
    const known = merged.get(key) ?? problem
    const codes = new Set([...known.alsoFoundBy, problem.code, ...problem.alsoFoundBy])
    codes.delete(known.code)
    merged.set(key, {
      ...known,
      seenIn: [...new Set([...known.seenIn, ...problem.seenIn])],
      alsoFoundBy: [...codes],
      version: known.version ?? problem.version,
      location: known.location ?? problem.location,
    })
  }
  return [...merged.values()]
}
