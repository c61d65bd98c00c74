import { subjectOf } from '../../checks/divergence.ts'
import { shownPath } from '../../errors.ts'
import { SchemaDriftError, VersionTableError } from '../../migrator/errors.ts'
import type { VersionProblem } from '../../migrator/version-store.ts'
import { adviseOnVersions, wordsOf } from '../../migrator/versions.ts'
import { makeProblem, type Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Survey } from '../../upgrade/model.ts'
import { surveyDatabase } from '../../upgrade/survey.ts'
import { adviseOnUnnoted, describeUnnoted, findUnnoted } from '../../upgrade/unnoted.ts'

/** What a file is, or why its upgrade cannot be tried. */
export type Look =
  | {
      readonly survey: Survey
      readonly problems: readonly []
      /** The migrations whose files are others than those that it notes, though the tool does not compare them. */
      readonly edited: readonly string[]
    }
  | { readonly survey: null; readonly problems: readonly Problem[]; readonly edited: readonly [] }

/**
 * Holds what a database notes of its migrations, and its schema, against the migrations of a suite.
 *
 * @param file the absolute path by which errors name it
 * @throws {UpgradeRefusedError} when it is of another application, or newer
 * @throws {VersionTableError} when the versions cannot be read
 */
export function lookAtFile(connection: Connection, suite: Suite, file: string): Look {
  try {
    const survey = surveyDatabase(connection, suite.plan, file, suite)
    const unnoted = findMissingNotes(connection, suite, survey.version)
    if (unnoted !== null) return { survey: null, problems: [unnoted], edited: [] }
    const { edited = [] } = suite.plan.versions.read(connection)
    return { survey, problems: [], edited }
  } catch (error) {
    if (error instanceof SchemaDriftError) return { survey: null, problems: describeDrift(error), edited: [] }
    if (!(error instanceof VersionTableError)) throw error
    const { problem } = suite.plan.versions.read(connection)
    if (problem === undefined) throw error
    const problems = problem.ids.map((id) => describeNote(suite, problem, id))
    return { survey: null, problems, edited: [] }
  }
}

/** A file that has had more than its tool has noted. */
function findMissingNotes(connection: Connection, { plan }: Suite, version: number): Problem | null {
  const later = plan.migrations.length === version ? null : findUnnoted(connection, plan, version)
  if (later === null) return null
  const [table = ''] = plan.versions.tables
  return makeProblem('notes-missing', {
    subject: { type: 'table', name: table },
    expected: `the notes of ${describeUnnoted(version, later)}, of which the file has the schema`,
    actual: version === 0 ? 'none' : `those up to v${version}`,
    why: 'The tool would apply them once more: it fails, or changes rows twice.',
    fix: adviseOnUnnoted(version, later, table),
  })
}

function describeDrift({ differences, diagnosis }: SchemaDriftError): Problem[] {
  return differences.map((difference) =>
    makeProblem('schema', {
      subject: subjectOf(difference),
      expected: difference.expected,
      actual: difference.actual,
      why: 'The file is not what its version says: a migration may fail on it, or do something else.',
      fix: diagnosis.fix,
    }),
  )
}

/** A migration about which the notes and the folder disagree, and what the tool of the project would do. */
function describeNote({ plan }: Suite, { kind, consequence }: VersionProblem, id: string): Problem {
  const [expected, actual] = wordsOf({ kind, ids: [id] })
  if (kind === 'contradicting') {
    return makeProblem('contradicting-notes', {
      subject: { type: 'database', name: 'the versions' },
      expected,
      actual,
      why: `In production, ${consequence}.`,
      fix: adviseOnVersions,
    })
  }
  const file = plan.migrations.find((migration) => migration.id === id)?.file
  return makeProblem(`${kind}-migration`, {
    subject: { type: 'migration', name: id },
    location: file === undefined ? null : { file: shownPath(file), line: null },
    expected,
    actual,
    why: `In production, ${consequence}.`,
    fix: adviseOnVersions,
  })
}
