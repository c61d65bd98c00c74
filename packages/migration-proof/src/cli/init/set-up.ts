import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { EngineName } from '../../engines/engine-names.ts'
import { DiagnosedError } from '../../errors.ts'
import { quoteArgument } from '../../how-to-run.ts'
import { type ExitCode, exitCodes, UsageError } from '../errors.ts'
import { print, printJson, say } from '../output/print.ts'
import { hasColors, styleFor } from '../output/style.ts'
import type { Answers } from './ask.ts'
import { chooseTool, type GivenTool } from './choose-tool.ts'
import { describeUndo, findRestorable, findUndo, type Undo, wayTo } from './git.ts'
import { installPackages } from './install-packages.ts'
import type { EditedPackage } from './package-json.ts'
import { describePlan, makePlan, type Plan, readScripts } from './plan.ts'
import { findConfig, fixtureNames } from './plan-files.ts'
import { describeReading, describeWaivers, findReading } from './reading.ts'
import { type FreezeResult, isError, runCommand, runForJson } from './run-commands.ts'

/** How a project is set up. */
export interface SetUp {
  /** The working directory. */
  readonly folder: string
  readonly given: GivenTool
  /** The engine that the application ships. */
  readonly engine: EngineName
  readonly answers: Answers
  /** As the user called it. */
  readonly command: string
  readonly isJson: boolean
}

/**
 * Sets a project up, and prints what was done. The migrations run before most is written: where one fails, there is the config
 * alone.
 *
 * @returns whether the first `verify` proved the upgrades
 * @throws {UsageError} where nothing was written
 * @throws {DiagnosedError} where a migration fails
 */
export async function setUp(setting: SetUp): Promise<ExitCode> {
  const plan = await agreeOnPlan(setting)
  const done = await carryOut(plan, setting.command)
  const isProven = setting.isJson ? await reportAsJson(plan, done) : await report(plan, done)
  return isProven ? exitCodes.proven : exitCodes.notProven
}

/** What was done before the first `verify`. */
interface Done {
  readonly frozen: FreezeResult
  /** The folder of the fixtures that was made; null where there was one. */
  readonly fixtures: string | null
  readonly scripts: Pick<EditedPackage, 'added' | 'left'>
  readonly undo: Undo
}

async function carryOut(plan: Plan, command: string): Promise<Done> {
  const { project, packages, manager, packageFile } = plan
  const lock = manager.lockFile === null ? [] : [join(manager.lockFolder, manager.lockFile)]
  const restorable = await findRestorable(project, [packageFile, ...lock])
  const folders = fixtureNames.map((name) => join(project, name)).filter((folder) => !existsSync(folder))
  const written: string[] = []
  if (plan.scripts === null) write(packageFile, '{\n  "private": true\n}\n', written)
  if (packages.length > 0) {
    say(`${manager.name} installs ${packages.join(' and ')} …`)
    try {
      await installPackages(project, manager, packages)
    } catch (error) {
      for (const file of written) rmSync(file)
      throw error
    }
  }
  if (plan.config !== null) write(plan.config.path, plan.config.text, written)
  const frozen = await freeze(plan, command, written)
  for (const { path, text } of plan.files) write(path, text, written)
  // What installed the packages has written it again.
  const edited = readScripts(packageFile)
  if (edited.added.length > 0) writeFileSync(packageFile, edited.text)
  const fixtures = folders.find((folder) => existsSync(folder)) ?? null
  const isInstalled = packages.length > 0
  const changed = [
    ...(plan.scripts !== null && (edited.added.length > 0 || isInstalled) ? [packageFile] : []),
    ...(isInstalled ? lock : []),
  ]
  const made = [...written, ...(fixtures === null ? [] : [fixtures])]
  return { frozen, fixtures, scripts: edited, undo: findUndo(changed, made, restorable) }
}

/** @returns whether `verify` proved the upgrades */
async function reportAsJson(plan: Plan, { frozen, fixtures, scripts, undo }: Done): Promise<boolean> {
  const { exitCode, result } = await runForJson(plan.project, 'verify')
  const isProven = exitCode === exitCodes.proven
  printJson({
    project: plan.project,
    tool: plan.chosen,
    others: plan.others,
    outcome: isProven ? 'passed' : 'failed',
    installed: plan.packages,
    written: undo.made,
    scripts: scripts.added,
    left: { files: plan.left.map(wayTo), scripts: scripts.left },
    verify: result,
    reading: await findReading(plan.project, fixtures, frozen),
    undo,
  })
  return isProven
}

/** @returns whether `verify` proved the upgrades */
async function report(plan: Plan, { frozen, fixtures, undo }: Done): Promise<boolean> {
  say('The first run of verify …')
  const colors = hasColors(process.stdout) ? { FORCE_COLOR: '1' } : {}
  const { exitCode, stdout, stderr } = await runCommand(plan.project, ['verify'], colors)
  const isProven = exitCode === exitCodes.proven
  print(`\n${(stdout.trim() === '' ? stderr : stdout).trimEnd()}\n`)
  const reading = await findReading(plan.project, fixtures, frozen)
  const end = [...describeNext(plan, isProven), ...describeUndo(undo)].join('\n')
  const parts = [describeReading(reading, fixtures), describeWaivers(reading.findings), end]
  print(parts.filter((part) => part !== '').join('\n\n'))
  return isProven
}

/** @throws {UsageError} where nothing is found, or no one agrees */
async function agreeOnPlan({ folder, given, engine, answers, command, isJson }: SetUp): Promise<Plan> {
  try {
    const choice = findConfig(folder) === null ? await chooseTool(folder, given, answers) : null
    const plan = makePlan(choice?.project ?? folder, choice, engine)
    const { tool, folder: named, tables } = given
    const isGiven = tool !== undefined || named !== undefined || tables.length > 0
    if (plan.config === null && isGiven) throw namedTwice(plan)
    if (!isJson) print(describePlan(plan, styleFor(process.stdout)))
    if (await answers.confirm('Go on?')) return plan
  } finally {
    answers.close()
  }
  throw declined(command)
}

/** Writes a file that is not there: one that is made meanwhile is never overwritten. */
function write(path: string, text: string, written: string[]): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag: 'wx' })
  written.push(path)
}

/**
 * Drafts the fixtures and freezes them. Drafts of an earlier run may wait for a person, and are left.
 *
 * @throws {UsageError} where the migrations cannot be read: what was written is removed again
 * @throws {DiagnosedError} where one of them fails
 */
async function freeze(
  { project, packages, packageFile }: Plan,
  command: string,
  written: readonly string[],
): Promise<FreezeResult> {
  const first = await runForJson<FreezeResult>(project, 'freeze')
  if (isError(first.result)) {
    const { where, expected, actual, fix } = first.result.error
    const isUnusable = first.exitCode === exitCodes.unusable
    // A package.json holds what was installed.
    const isKept = (path: string) => !isUnusable || (path === packageFile && packages.length > 0)
    for (const path of written) if (!isKept(path)) rmSync(path)
    const kept = written.filter(isKept).map(wayTo)
    const wrote = kept.length === 0 ? '' : `; so far it wrote ${kept.join(' and ')}`
    const diagnosis = { where, expected, actual, fix: `${fix}; then run \`${command}\` again${wrote}` }
    throw isUnusable ? new UsageError(diagnosis) : new DiagnosedError(diagnosis)
  }
  const { drafted, awaitingReview } = first.result
  const areOwn = awaitingReview.every((fixture) => drafted.includes(fixture))
  if (!areOwn || drafted.length === 0) return first.result
  const second = await runForJson<FreezeResult>(project, 'freeze', '--accept-drafts')
  return isError(second.result) ? first.result : { ...second.result, drafted }
}

function describeNext({ project, manager }: Plan, isProven: boolean): string[] {
  const way = relative(process.cwd(), project)
  const enter = way === '' ? '' : `cd ${quoteArgument(way)} && `
  const run = `${manager.name} run migrations:`
  if (!isProven)
    return [
      `Something is not proven: see above what it is, and what to do. \`${enter}${run}verify\` shows it again.`,
    ]
  return [
    'Commit these files. After each new migration:',
    `  ${enter}${run}freeze   freezes what it makes`,
    `  ${enter}${run}verify   says whether every older database survives it`,
  ]
}

/** The config names the tool already. */
function namedTwice({ left }: Plan): UsageError {
  const [config = ''] = left.map(wayTo)
  return new UsageError({
    where: config,
    expected: 'no config where --tool, --folder or --database is given',
    actual: 'one, which names the migrations',
    fix: 'leave these options out, or delete the config',
  })
}

function declined(command: string): UsageError {
  return new UsageError({
    where: command,
    expected: 'a yes',
    actual: 'a no',
    fix: 'nothing was written; run it again, with --tool and --folder for another folder',
  })
}
