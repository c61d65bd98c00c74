import type { Problem } from '../problem.ts'
import { migrationSubject, problemOf } from './problem.ts'
import { type Side, versionsOf } from './side.ts'
import { filesOfVersion, type SourceFile, versionOfFile } from './source-file.ts'
import { hashOf } from './statements.ts'

/** Files of code; SQL may stand beside them in files of its own. */
const codeEnding = /\.[cm]?[jt]s$/

/** Numbers that two migrations of a change have, and files of migrations that the list does not name. */
export function findWrongNumbers(head: Side): Problem[] {
  const latest = Math.max(0, ...versionsOf(head))
  const numbered = head.sources.filter(({ path }) => codeEnding.test(path) && versionOfFile(path) !== null)
  const nextVersions = [...new Set(numbered.map(({ path }) => versionOfFile(path) ?? 0))].sort(
    (a, b) => a - b,
  )
  return nextVersions
    .filter((version) => version >= 1 && version <= latest + 1)
    .flatMap((version) => {
      const files = distinctFiles(filesOfVersion(numbered, version))
      const [first, second] = files
      if (first === undefined) return []
      if (second !== undefined) return [describeTwice(version, first, second, latest)]
      return head.recorded !== null && version > latest ? [describeUnlisted(version, first)] : []
    })
}

/** A test or a text beside a migration is named like it: only what stands before the first dot counts. */
function distinctFiles(files: readonly SourceFile[]): SourceFile[] {
  const byName = new Map<string, SourceFile>()
  for (const file of files) {
    const name = file.path.replace(/^.*\//, '').split('.', 1)[0] ?? ''
    if (!byName.has(name)) byName.set(name, file)
  }
  return [...byName.values()]
}

function describeTwice(version: number, first: SourceFile, second: SourceFile, latest: number): Problem {
  return problemOf(
    'version-twice',
    migrationSubject(version),
    { file: second.path, line: 1 },
    {
      expected: `one migration of version ${version}`,
      actual: `two: ${first.path} and ${second.path}`,
      fix: `number the one that is not released yet ${Math.max(version, latest) + 1}, in its file's name too`,
    },
  )
}

function describeUnlisted(version: number, { path }: SourceFile): Problem {
  return problemOf(
    'migration-not-listed',
    migrationSubject(version),
    { file: path, line: 1 },
    {
      expected: `version ${version} at the end of the list of migrations`,
      actual: 'a file that the list does not name',
      fix: 'add its line to the list, or delete the file',
    },
  )
}

/**
 * Versions that a change adds, and that another branch has added to its target meanwhile.
 *
 * @param origin where the change began
 * @param target where it is to go
 */
export function findTakenVersions(origin: Side, target: Side, head: Side): Problem[] {
  const added = versionsOf(target).filter((version) => !versionsOf(origin).includes(version))
  return added.flatMap((version) => {
    const own = head.recorded?.find((migration) => migration.version === version)
    const pinned = hashIn(target, version)
    if (own === undefined || pinned === null || hashOf(own) === pinned) return []
    const [theirs] = filesOfVersion(target.sources, version)
    const [file] = filesOfVersion(head.sources, version)
    return [
      problemOf(
        'version-taken',
        migrationSubject(version),
        file === undefined ? null : { file: file.path, line: 1 },
        {
          expected: `a number that the base does not have`,
          actual: `${version}, which the base has${theirs === undefined ? '' : ` in ${theirs.path}`}`,
          fix: `take up the base, and number this migration ${Math.max(...versionsOf(target)) + 1}`,
        },
      ),
    ]
  })
}

function hashIn({ ledger, recorded }: Side, version: number): string | null {
  const found = recorded?.find((migration) => migration.version === version)
  if (found !== undefined) return hashOf(found)
  return ledger?.migrations.find((entry) => entry.version === version)?.hash ?? null
}
