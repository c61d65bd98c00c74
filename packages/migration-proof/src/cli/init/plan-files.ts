import { existsSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import type { EngineName } from '../../engines/engine-names.ts'
import { type FoundTool, readDependencies } from '../../history/recognisers/find-tools.ts'
import { readText } from '../../snapshots/paths.ts'
import { configNames } from '../config-file.ts'
import { UsageError } from '../errors.ts'
import { findRepository, type PackageManager, readPackage } from './package-manager.ts'
import { configText, runsIn, type TestRunner, testText, workflowText } from './texts.ts'

/** A file that is written, unless it is there. */
export interface PlannedFile {
  readonly path: string
  readonly text: string
  /** What it is for, in a few words. */
  readonly does: string
}

/** The config that a project has already; null for none. */
export function findConfig(project: string): string | null {
  const name = configNames.find((one) => existsSync(join(project, one)))
  return name === undefined ? null : join(project, name)
}

/** The folders that a config may name for the fixtures: the first one may hold other fixtures. */
export const fixtureNames = ['fixtures', 'migration-fixtures']

/**
 * The config that reads the folder of a tool.
 *
 * @throws {UsageError} where no folder is free for the fixtures
 */
export function planConfig(project: string, chosen: FoundTool, engine: EngineName): PlannedFile {
  return {
    path: join(project, `migration-proof.config.${usesTypeScript(project) ? 'ts' : 'mjs'}`),
    text: configText(readName(project), chosen, chooseFixtures(project), engine),
    does: `reads ${chosen.folder} with migration-proof/${chosen.entry}`,
  }
}

/** The test and the workflow that run the proof again. */
export function planFiles(project: string, manager: PackageManager): PlannedFile[] {
  return [...planTest(project, manager), planWorkflow(project, manager)]
}

/** The name of the database in reports: that of the package. */
function readName(project: string): string {
  const { name } = readPackage(project)
  return typeof name === 'string' && name !== '' ? name.replace(/^@[^/]+\//, '') : basename(project)
}

function usesTypeScript(project: string): boolean {
  return existsSync(join(project, 'tsconfig.json')) || readDependencies(project).includes('typescript')
}

function chooseFixtures(project: string): string {
  const free = fixtureNames.find((name) => !existsSync(join(project, name)))
  if (free !== undefined) return free
  throw new UsageError({
    where: project,
    expected: `a folder ${fixtureNames.join(' or ')} that is not there yet, for the golden schemas and snapshots`,
    actual: 'both',
    fix: 'move one of them away, or write the config by hand, with the folder that it shall be',
  })
}

/** Runners that take neither form of a test file. */
const otherRunners = ['mocha', 'ava', 'tap', 'jasmine', 'uvu']

/** A project without a package has no tests in JavaScript. */
function planTest(project: string, manager: PackageManager): PlannedFile[] {
  const dependencies = readDependencies(project)
  const has = (...names: readonly string[]) => names.some((name) => dependencies.includes(name))
  if (!existsSync(join(project, 'package.json')) || has(...otherRunners)) return []
  const isOfModules = readPackage(project).type === 'module'
  const installedRunner = (): TestRunner => {
    if (has('vitest')) return 'vitest'
    if (has('jest')) return 'jest'
    return has('bun', '@types/bun') || manager.name === 'bun' ? 'bun' : 'node'
  }
  const runner = readTestRunner(project) ?? installedRunner()
  const takesTypes =
    runner === 'vitest' || runner === 'bun' || (runner === 'jest' && has('ts-jest', '@swc/jest'))
  const ending =
    takesTypes && usesTypeScript(project) ? 'ts' : runner !== 'jest' && !isOfModules ? 'mjs' : 'js'
  const imports = isOfModules || ending !== 'js'
  const folder = ['tests', 'test', '__tests__'].find((name) => existsSync(join(project, name))) ?? 'tests'
  const shown = { vitest: 'vitest', jest: 'jest', bun: 'bun test', node: 'node --test' }[runner]
  return [
    {
      path: join(project, folder, `migrations.test.${ending}`),
      text: testText({ runner, imports }),
      does: `runs verify in ${shown}`,
    },
  ]
}

/** The runner that the project's own script `test` starts first; null where it starts none of them. */
function readTestRunner(project: string): TestRunner | null {
  const { scripts } = readPackage(project)
  const script = (scripts as { test?: unknown } | undefined)?.test
  const [found] =
    (typeof script === 'string' && script.match(/\b(vitest|jest|bun test|node\b.* --test)\b/)) || []
  if (found === undefined) return null
  return found === 'vitest' || found === 'jest' ? found : found === 'bun test' ? 'bun' : 'node'
}

function planWorkflow(project: string, manager: PackageManager): PlannedFile {
  const repository = findRepository(project)
  const from = (folder: string) => relative(repository, folder).split(sep).join('/')
  const folders = { project: from(project), lock: from(manager.lockFolder) }
  const { packageManager } = readPackage(manager.lockFolder)
  const plan = (file: string, title: string) => ({
    path: join(repository, '.github', 'workflows', `${file}.yml`),
    text: workflowText(manager, folders, { title, knowsVersion: typeof packageManager === 'string' }),
    does: 'runs freeze --check, verify, lint and gate --history on GitHub',
  })
  const first = plan('migrations', 'Migrations')
  const present = readText(first.path)
  // In a repository of several packages, it may be that of another one.
  if (folders.project === '' || present === null || runsIn(present, folders.project)) return first
  return plan(`migrations-${folders.project.replaceAll(/[^\w.]+/g, '-')}`, `Migrations of ${folders.project}`)
}
