import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineName } from '../../engines/engine-names.ts'
import { errorMessage, shownPath } from '../../errors.ts'
import type { FoundTool } from '../../history/recognisers/find-tools.ts'
import { readBytes } from '../../snapshots/paths.ts'
import { UsageError } from '../errors.ts'
import { printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { type ChosenTool, describeTool } from './choose-tool.ts'
import { wayTo } from './git.ts'
import { listMissing } from './install-packages.ts'
import { addScripts, type EditedPackage } from './package-json.ts'
import { findPackageManager, type PackageManager } from './package-manager.ts'
import { findConfig, type PlannedFile, planConfig, planFiles } from './plan-files.ts'

/** What a project gets. Paths are absolute. */
export interface Plan {
  readonly project: string
  /** Null where the project has a config already. */
  readonly chosen: FoundTool | null
  readonly others: readonly FoundTool[]
  readonly manager: PackageManager
  /** What is installed, as `name@range`. */
  readonly packages: readonly string[]
  /** Null where the project has one already. */
  readonly config: PlannedFile | null
  /** What is written once the migrations were seen to run. */
  readonly files: readonly PlannedFile[]
  readonly packageFile: string
  /** Null where there is no package.json yet. */
  readonly scripts: EditedPackage | null
  /** Files that are there already. */
  readonly left: readonly string[]
}

/** The scripts that package.json gets. */
const scripts = {
  'migrations:verify': 'migration-proof verify',
  'migrations:freeze': 'migration-proof freeze',
  'migrations:lint': 'migration-proof lint',
} as const

/**
 * Looks at what a project has already.
 *
 * @throws {UsageError} where its package.json cannot be read, or no folder is free for the fixtures
 */
export function makePlan(project: string, choice: ChosenTool | null, engine: EngineName): Plan {
  const packageFile = join(project, 'package.json')
  const edit = existsSync(packageFile) ? readScripts(packageFile) : null
  const present = findConfig(project)
  const chosen = present === null ? (choice?.chosen ?? null) : null
  const manager = findPackageManager(project)
  const files = planFiles(project, manager)
  const isThere = ({ path }: PlannedFile) => existsSync(path)
  return {
    project,
    chosen,
    others: chosen === null ? [] : (choice?.others ?? []),
    manager,
    packages: listMissing(project, chosen?.entry ?? null, engine),
    config: chosen === null ? null : planConfig(project, chosen, engine),
    files: files.filter((file) => !isThere(file)),
    packageFile,
    scripts: edit,
    left: [...(present === null ? [] : [present]), ...files.filter(isThere).map(({ path }) => path)],
  }
}

/**
 * The text of a package.json with the scripts.
 *
 * @throws {UsageError} where it cannot be read
 */
export function readScripts(file: string): EditedPackage {
  try {
    return addScripts(readBytes(file)?.toString('utf8') ?? '', scripts)
  } catch (cause) {
    const diagnosis = {
      where: shownPath(file),
      expected: 'a package.json',
      actual: `the error '${errorMessage(cause)}'`,
      fix: 'correct it',
    }
    throw new UsageError(diagnosis, { cause })
  }
}

/** What was found, and what would be written. */
export function describePlan(plan: Plan, style: Style): string {
  const { chosen, others, config, files, packages, manager, left, project } = plan
  const { added = Object.keys(scripts), left: otherScripts = [] } = plan.scripts ?? {}
  const news = [
    ...(packages.length === 0
      ? []
      : [[packages.join(', '), `installed with ${manager.name}, for development`]]),
    ...(config === null ? [] : [[wayTo(config.path), config.does]]),
    ['the fixtures', 'a golden schema of each version, and snapshots with rows'],
    ...(added.length === 0 ? [] : [[wayTo(plan.packageFile), `the scripts ${added.join(', ')}`]]),
    ...files.map(({ path, does }) => [wayTo(path), does]),
  ]
  const kept = [...left.map(wayTo), ...otherScripts.map((name) => `script ${name}`)]
  const width = Math.max(
    ...[...news.map(([what = '']) => what), ...kept].map((what) => printable(what).length),
  )
  const line = (mark: string, what = '', does = '') =>
    `  ${mark} ${printable(what).padEnd(width)}  ${style('dim', printable(does))}`
  return [
    ...(project === process.cwd() ? [] : [`In ${printable(wayTo(project))}:`]),
    ...(chosen === null ? [] : [`Found ${printable(describeTool(chosen))}`]),
    ...others.map((other) => style('dim', `Not taken: ${printable(describeTool(other))}`)),
    ...news.map(([what, does]) => line(style('green', '+'), what, does)),
    ...kept.map((what) => line(style('dim', '='), what, 'is there, and stays as it is')),
  ].join('\n')
}
