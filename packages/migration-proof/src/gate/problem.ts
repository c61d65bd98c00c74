/** What stands between a change and its release. */
export interface Problem {
  /** Short and stable, such as `migration-edited`. */
  readonly rule: Rule
  /** What it is about: `migrations/v1`, `schemas/v1`, a finding's object, the id of a mutant. */
  readonly object: string
  /** A path from the folder of the project, with slashes; null where no one file is at fault. */
  readonly file: string | null
  /** Counted from 1. */
  readonly line: number | null
  readonly expected: string
  readonly actual: string
  readonly why: string
  /** The command or the action that fixes it. */
  readonly remedy: string
}

/** A problem of the change (`failed`), or one that was there before it (`passed`), which is only told. */
export interface JudgedProblem extends Problem {
  readonly outcome: 'failed' | 'passed'
}

/** Why each rule matters. */
const reasons = {
  'base-unloadable':
    'What was not proven before the change is not known, so that all of it counts against the change.',
  'changelog-missing': 'Who updates reads there what happens to their file.',
  'crash-unsafe':
    'A server that loses its power while it upgrades could not start again, or would lose rows.',
  'equivalent-wrong': 'A list of mutants that need not be killed must not hide one that can be.',
  'finding-new': 'The schema would be released with a weakness that nobody has weighed.',
  'fixture-wrong':
    'What the fixtures hold is not what the ledger says of them, so that the proofs rest on nothing.',
  'ledger-rewritten':
    'The ledger is how this project knows what was released; only additions to it are true.',
  'ledger-unreadable': 'Without the ledger nobody can tell what was released, and what has changed since.',
  'migration-edited':
    'Files that were upgraded before the change stay as they were, and new ones become something else.',
  'migration-fails':
    'A new install would stop there, and so would every file on its way to the latest version.',
  'migration-not-listed': 'The migration would never run.',
  'migration-not-pinned': 'Until its statements are pinned, a later change of them goes unseen.',
  'mutant-survived': 'The same mistake in this migration would pass every test.',
  'mutation-weak': 'Too few planted faults were seen by what the database does, as the server would see it.',
  'package-version': 'Who installs a patch release expects that their database keeps its shape.',
  'part-failed': 'What was not tried was not proven.',
  'schema-edited': 'The golden schema is what people hold; a database cannot be compared with a moving one.',
  'schema-unreviewed':
    'A schema that the migrations wrote of themselves proves nothing until a person has read it.',
  'snapshot-edited':
    'The snapshot is a file that people hold; a new one proves upgrades that nobody will make.',
  'snapshot-missing': 'People hold files of that version, and their upgrade is not proven.',
  'suite-unloadable': 'Nothing can be proven of migrations that cannot be loaded.',
  'upgrade-not-proven': "The upgrade does this to people's files.",
  'version-removed':
    'Files in the field are at that version, and would be refused as if they came from the future.',
  'version-renumbered':
    'Files in the field have noted the old number: they would skip a migration, or run it twice.',
  'version-taken': 'Two kinds of files would have the same version, and neither could be upgraded safely.',
  'version-twice': 'Only one migration can have a number; the other would never run.',
  'waiver-unused': 'A waiver of nothing hides the next weakness of that name.',
} as const

export type Rule = keyof typeof reasons

/** Makes a problem of a rule, which gives the reason. */
export function problemOf(
  rule: Rule,
  object: string,
  { file = null, line = null }: { readonly file?: string | null; readonly line?: number | null } = {},
  told: Pick<Problem, 'expected' | 'actual' | 'remedy'>,
): Problem {
  return { rule, object, file, line, ...told, why: reasons[rule] }
}

/**
 * Tells the problems of a change from those that its base has too: a change is answerable for what it touched.
 * A problem is the same where rule, object and what was found are the same, wherever its line has moved to.
 */
export function judgeProblems(ofHead: readonly Problem[], ofBase: readonly Problem[]): JudgedProblem[] {
  const known = new Set(ofBase.map(keyOf))
  return ofHead.map((problem) => ({ ...problem, outcome: known.has(keyOf(problem)) ? 'passed' : 'failed' }))
}

function keyOf({ rule, object, actual }: Problem): string {
  return JSON.stringify([rule, object, actual])
}
