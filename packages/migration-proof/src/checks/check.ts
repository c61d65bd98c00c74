import type { MigrationPlan } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Content } from '../snapshots/content-hash.ts'
import { diffContent, readContent } from '../snapshots/content-hash.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { ComparedTable, NotCompared } from './rows/model.ts'
import type { DatabaseSubject, FileSubject, InstallSubject, RerunSubject } from './subject.ts'

/** What a check found. */
export interface CheckOutcome {
  readonly problems: readonly Problem[]
  /** What it compared, or why there was nothing to compare. */
  readonly detail?: string
  /** Whether there was nothing to compare. */
  readonly isNotApplicable?: true
  /** What of it could not be compared, and why, where the rest was. */
  readonly lacking?: string
  /** What was left out, because a migration declares that it changes it. */
  readonly notCompared?: readonly NotCompared[]
  /** The tables whose rows were compared. */
  readonly compared?: readonly ComparedTable[]
}

interface CheckOf<Needs extends string, Seen extends DatabaseSubject> {
  /** Short and stable: the name of a column in a table of results. */
  readonly name: string
  /** What it proves, as the end of the sentence "The upgraded database …". */
  readonly proves: string
  /**
   * What it needs of an upgrade. `database`: the upgraded database alone. `file`: also the file from before.
   * `install`: also a new database of the same version. `steps`: to upgrade another copy, one version at a time.
   * `reruns`: to upgrade other copies, and the upgraded one once more.
   */
  readonly needs: Needs
  /**
   * How many steps in a row it proves something of, whatever came before them: what a step does depends on the bytes of the
   * file alone, so that the steps after the next snapshot may be left to that one. Left out where it is about the whole way.
   */
  readonly steps?: 'one' | 'two'
  /** What the suite must declare for it and does not, so that it has nothing to compare; null where nothing is missing. */
  lacks?(subject: Pick<DatabaseSubject, 'suite' | 'target'>): string | null
  /** What a file can be upgraded without, while `verify` fails without it; null where nothing is missing. */
  lacksFixture?(subject: DatabaseSubject): string | null
  run(subject: Seen): CheckOutcome
}

/** A check that can run while the upgraded file is still locked. */
export type FileCheck = CheckOf<'database', DatabaseSubject> | CheckOf<'file', FileSubject>

/** One thing that an upgrade must prove. */
export type Check = FileCheck | CheckOf<'install', InstallSubject> | CheckOf<'steps' | 'reruns', RerunSubject>

/** Whether a check needs no other upgrade and no other database of the version. */
export function isFileCheck(check: Check): check is FileCheck {
  return check.needs === 'database' || check.needs === 'file'
}

/** Runs a check, or says why there is nothing to compare: it lacks a declaration, or where files of users are proven, a fixture. */
export function runDeclared<Subject extends DatabaseSubject>(
  check: Pick<CheckOf<string, Subject>, 'lacks' | 'lacksFixture' | 'run'>,
  subject: Subject,
  isOfUser = false,
): CheckOutcome {
  const fixture = isOfUser ? check.lacksFixture?.(subject) : null
  const lacking = fixture ?? check.lacks?.(subject) ?? null
  return lacking === null ? check.run(subject) : notApplicable(lacking)
}

/** The outcome of a check that has nothing to compare. */
export function notApplicable(detail: string): CheckOutcome {
  return { detail, isNotApplicable: true, problems: [] }
}

/** The content without the version tables, whose rows hold the time at which each version was applied. */
export function readUserContent(connection: Connection, plan: MigrationPlan): Content {
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const { schemaHash, tables } = readContent(connection)
  const kept = tables.filter(({ name }) => !versionTables.has(foldName(name)))
  return { contentHash: JSON.stringify([schemaHash, kept]), schemaHash, tables: kept }
}

/** Every difference between two contents as a problem of a check. */
export function compareContent(code: string, expected: Content, actual: Content): Problem[] {
  return diffContent(expected, actual).map((difference) =>
    makeProblem(code, {
      subject: { type: 'database', name: 'content' },
      expected: 'the same schema and rows',
      actual: difference,
    }),
  )
}
