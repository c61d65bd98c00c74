import { describeEvidence } from '../findings/finding.ts'
import { describeSubject, type Location, makeProblem, type Problem, type ProblemSubject } from '../problem.ts'

/** Why each code of the gate matters. */
const reasons = {
  'checksum-changed':
    'Databases note the checksum of the file as it was applied, and the tool of the project holds the file against it.',
  'declaration-changed':
    'What a migration declares is how it was applied, and what its proof exempts: another declaration is another migration.',
  'migration-inserted':
    'Files in the field have had the migrations after it: some get it late, and some never.',
  'migration-renamed':
    'Databases note the migrations that they have had by these names, and would take it for one that they have not had.',
  'migrations-swapped':
    'Files in the field have noted one of them: they would skip the other, or have the same one twice.',
  'base-edited':
    'New installs begin with another schema than the files in the field did, and each migration was proven on the old one.',
  'base-unloadable':
    'It is not known which problems are older than the change: all of them count against it.',
  'changelog-missing': 'Users read there what an upgrade does to their file.',
  'fixture-wrong':
    'What the fixtures hold is not what the ledger says of them, so that the proofs rest on nothing.',
  'ledger-rewritten':
    'The ledger is how this project knows what was released; only additions to it are true.',
  'ledger-unreadable': 'Without the ledger it is not known what was released, and what has changed since.',
  'migration-edited':
    'Files that were upgraded before the change stay as they were, and new ones become something else.',
  'migration-fails':
    'A new install would stop there, and so would every file on its way to the latest version.',
  'migration-not-listed': 'The migration would never run.',
  'migration-not-pinned': 'Until its statements are pinned, a later change of them goes unseen.',
  'package-version': 'A patch release is expected to keep the shape of the database.',
  'part-failed': 'What was not run was not proven.',
  'schema-edited': 'The golden schema is what people hold; a database cannot be compared with a moving one.',
  'schema-unreviewed':
    'A schema that the migrations wrote of themselves proves nothing until a person has read it.',
  'snapshot-edited':
    'The snapshot is a file that people hold; a new one proves upgrades that no user will make.',
  'snapshot-missing': 'People hold files of that version, and their upgrade is not proven.',
  'suite-unloadable': 'Nothing can be proven of migrations that cannot be loaded.',
  'version-removed':
    'Files in the field are at that version, and would be refused as if they came from the future.',
  'version-renumbered':
    'Files in the field have noted the old number: they would skip a migration, or run it twice.',
  'version-taken': 'Two kinds of files would have the same version, and neither could be upgraded safely.',
  'version-twice': 'Only one migration can have a number; the other would never run.',
} as const

/** The codes of the gate itself. What the other parts find keeps its own code. */
export type GateCode = keyof typeof reasons

/** Makes a problem of the change itself; the code gives the reason. */
export function problemOf(
  code: GateCode,
  subject: ProblemSubject,
  location: Location | null,
  found: Pick<Problem, 'expected' | 'actual' | 'fix'>,
): Problem {
  return makeProblem(code, { subject, location, ...found, why: reasons[code] })
}

/** A migration as a subject. @param label how it is named for people */
export function migrationSubject(version: number, label = `v${version}`): ProblemSubject {
  return { type: 'migration', name: label }
}

/**
 * Marks what the base has too: a change answers for what it touched. A problem is the same where code, subject and
 * what was found are the same, at whatever line and in whichever snapshots it was seen.
 */
export function markExisting(ofHead: readonly Problem[], ofBase: readonly Problem[]): Problem[] {
  const known = new Set(ofBase.map(keyOf))
  return ofHead.map((problem) =>
    problem.status === 'new' && known.has(keyOf(problem)) ? { ...problem, status: 'existing' } : problem,
  )
}

/** The evidence is what was tried to see it, and grows and moves with the schema: of a finding that is all that was found. */
function keyOf({ code, subject, actual, evidence }: Problem): string {
  const found = actual === describeEvidence(evidence) ? '' : actual
  return JSON.stringify([code, describeSubject(subject), found])
}
