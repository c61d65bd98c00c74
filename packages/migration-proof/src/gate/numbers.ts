import type { Problem } from '../problem.ts'
import { isCode, versionOfFile } from '../snapshots/source-files.ts'
import { migrationSubject, problemOf } from './problem.ts'
import { type Side, versionsOf } from './side.ts'
import { filesOfVersion } from './source-file.ts'
import { hashOf } from './statements.ts'

/** Numbers that two migrations of a change have, and files of migrations that the list does not name. */
export function findWrongNumbers(head: Side): Problem[] {
  const latest = Math.max(0, ...versionsOf(head))
  const paths = head.sources.map(({ path }) => path)
  const versions = [...new Set(paths.filter(isCode).map((path) => versionOfFile(path) ?? 0))]
  const twice = versions
    .filter((version) => version >= 1 && version <= latest + 1)
    .sort((left, right) => left - right)
    .flatMap((version) => {
      const [first, second] = migrationsIn(paths).filter((path) => versionOfFile(path) === version)
      return first === undefined || second === undefined ? [] : { version, first, second }
    })
  const clashing = twice.map(({ version }) => version)
  const others = paths.filter((path) => !clashing.includes(versionOfFile(path) ?? 0))
  return [
    ...twice.map(({ version, first, second }) => describeTwice(version, first, second, latest)),
    ...(head.recorded === null ? [] : findUnlisted(others, latest)),
  ]
}

/**
 * Migrations that the list does not name: files whose names say the next version, and, in the folder of the latest migration, any
 * later one.
 *
 * @param paths of the files among which they are, as they are shown
 * @param list the file of the list; null where it is not known
 */
export function findUnlisted(
  paths: readonly string[],
  latest: number,
  list: string | null = null,
): Problem[] {
  const folders = paths.filter((path) => versionOfFile(path) === latest).map(folderOf)
  return migrationsIn(paths).flatMap((path) => {
    const version = versionOfFile(path) ?? 0
    const isLater = version > latest && folders.includes(folderOf(path))
    return isLater || version === latest + 1 ? [describeUnlisted(version, path, list)] : []
  })
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The files of code, without those that stand beside one: only what stands before the first dot is its name. */
function migrationsIn(paths: readonly string[]): string[] {
  const byName = new Map<string, string>()
  for (const path of paths.filter(isCode)) {
    const name = path.replace(/^.*\//, '').split('.', 1)[0] ?? ''
    if (!byName.has(name)) byName.set(name, path)
  }
  return [...byName.values()]
}

function describeTwice(version: number, first: string, second: string, latest: number): Problem {
  return problemOf(
    'version-twice',
    migrationSubject(version),
    { file: second, line: 1 },
    {
      expected: `one migration of version ${version}`,
      actual: `two: ${first} and ${second}`,
      fix: `number the one that is not released yet ${Math.max(version, latest) + 1}, in its file's name too`,
    },
  )
}

function describeUnlisted(version: number, path: string, list: string | null): Problem {
  return problemOf(
    'migration-not-listed',
    migrationSubject(version),
    { file: path, line: 1 },
    {
      expected: `a line for it at the end of the list of migrations${list === null ? '' : ` in ${list}`}`,
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
