import { howToRun } from '../how-to-run.ts'
import type { Problem } from '../problem.ts'
import { migrationSubject, problemOf } from './problem.ts'
import { type Side, versionsOf } from './side.ts'

interface SemanticVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly isPrerelease: boolean
}

/**
 * Whether the version of the package says what the change brings: a new migration is at least a new minor
 * version, and no version goes back. See https://semver.org
 */
export function findWrongPackageVersion(base: Side, head: Side): Problem[] {
  const [before, after] = [parse(base.packageVersion), parse(head.packageVersion)]
  if (before === null || after === null) return []
  const known = versionsOf(base)
  const added = versionsOf(head).filter((version) => !known.includes(version))
  const wrong = (expected: string) =>
    problemOf(
      'package-version',
      { type: 'package', name: 'package.json' },
      { file: 'package.json', line: null },
      {
        expected,
        actual: `${head.packageVersion}`,
        fix: 'run `npm version minor --no-git-tag-version`',
      },
    )
  if (added.length > 0 && !isMinorStep(before, after)) {
    const least = `${before.major}.${before.minor + 1}.0`
    const names = added.map((version) => `v${version}`).join(', ')
    return [wrong(`at least ${least}: the base is ${base.packageVersion}, and ${names} is new`)]
  }
  return isLower(after, before) ? [wrong(`${base.packageVersion} or later, as the base has`)] : []
}

/** The versions of migrations that a changelog names, as v7 or as v1 to v6. */
export function namedVersions(changelog: string): ReadonlySet<number> {
  const named = new Set<number>()
  for (const [, from = '', to = from] of changelog.matchAll(
    /\bv(\d+)(?![\d.]*\.\d)(?:\s+to\s+v(\d+)(?![\d.]*\.\d))?/g,
  ))
    for (let version = Number(from); version <= Number(to); version++) named.add(version)
  return named
}

/** New migrations that the changelog does not name. A project without a changelog needs none. */
export function findUnnoted(base: Side, head: Side): Problem[] {
  if (head.changelog === null) return []
  const known = versionsOf(base)
  const named = namedVersions(head.changelog)
  return versionsOf(head)
    .filter((version) => !known.includes(version) && !named.has(version))
    .map((version) =>
      problemOf(
        'changelog-missing',
        migrationSubject(version),
        { file: 'CHANGELOG.md', line: 1 },
        {
          expected: `a line about v${version}`,
          actual: 'none',
          fix: `say what v${version} brings under Unreleased, or let \`${howToRun('freeze', '--release')}\` say it`,
        },
      ),
    )
}

function parse(version: string | null): SemanticVersion | null {
  const [, major, minor, patch, prerelease] = /^(\d+)\.(\d+)\.(\d+)(-[^+]+)?/.exec(version ?? '') ?? []
  if (major === undefined || minor === undefined || patch === undefined) return null
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    isPrerelease: prerelease !== undefined,
  }
}

function isMinorStep(before: SemanticVersion, after: SemanticVersion): boolean {
  if (after.major !== before.major) return after.major > before.major
  if (after.minor !== before.minor) return after.minor > before.minor
  // 1.2.0-rc.1 comes before 1.2.0, and both hold the same new minor version.
  return before.isPrerelease && before.patch === 0 && after.patch === 0
}

function isLower(left: SemanticVersion, right: SemanticVersion): boolean {
  if (left.major !== right.major) return left.major < right.major
  if (left.minor !== right.minor) return left.minor < right.minor
  if (left.patch !== right.patch) return left.patch < right.patch
  return left.isPrerelease && !right.isPrerelease
}
