import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { DiagnosedError, shownPath } from '../../errors.ts'
import { readText } from '../../snapshots/paths.ts'
import { type ExitCode, exitCodes, UsageError } from '../errors.ts'
import { print, printJson, say } from '../output/print.ts'
import { hasColors, styleFor } from '../output/style.ts'
import type { Answers } from './ask.ts'
import { chooseTool, type GivenTool } from './choose-tool.ts'
import { findRestorable, findUndo, type Undo } from './git.ts'
import { installPackages } from './install-packages.ts'
import { addScripts } from './package-json.ts'
import { describePlan, makePlan, type Plan, scripts } from './plan.ts'
import { findConfig } from './plan-files.ts'
import { describeReading, findReading } from './reading.ts'
import { type FreezeResult, isError, runCommand, runForJson } from './run-commands.ts'

/** How a project is set up. */
export interface SetUp {
  /** The working directory. */
  readonly folder: string
  readonly given: GivenTool
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
  const { command, isJson } = setting
  const plan = await agreeOnPlan(setting)
  const { project, packages, manager, packageFile } = plan
  const lock = manager.lockFile === null ? [] : [join(manager.lockFolder, manager.lockFile)]
  const restorable = await findRestorable(project, [packageFile, ...lock])
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
  const { text, added, left } = addScripts(readText(packageFile) ?? '', scripts)
  if (added.length > 0) writeFileSync(packageFile, text)

  const fixtures = plan.config?.fixtures ?? null
  const changed = [
    ...(plan.scripts !== null && (added.length > 0 || packages.length > 0) ? [packageFile] : []),
    ...(packages.length > 0 ? lock : []),
  ]
  const made = [...written, ...(fixtures === null ? [] : [fixtures])]
  const undo = findUndo(changed, made, restorable)
  if (isJson) {
    const { exitCode, result } = await runForJson(project, 'verify')
    printJson({
      project,
      tool: plan.chosen,
      others: plan.others,
      outcome: exitCode === exitCodes.proven ? 'passed' : 'failed',
      installed: packages,
      written: made.map(shownPath),
      scripts: added,
      left: { files: plan.left.map(shownPath), scripts: left },
      verify: result,
      reading: await findReading(project, fixtures, frozen),
      undo,
    })
    return exitCode === exitCodes.proven ? exitCodes.proven : exitCodes.notProven
  }
  say('The first run of verify …')
  const { exitCode, stdout, stderr } = await runCommand(project, ['verify'], {
    ...(hasColors(process.stdout) ? { FORCE_COLOR: '1' } : {}),
  })
  print(`\n${stdout.trimEnd() === '' ? stderr.trimEnd() : stdout.trimEnd()}\n`)
  const reading = describeReading(await findReading(project, fixtures, frozen), fixtures)
  print(
    [reading, describeEnd(plan, undo, exitCode === exitCodes.proven)]
      .filter((part) => part !== '')
      .join('\n\n'),
  )
  return exitCode === exitCodes.proven ? exitCodes.proven : exitCodes.notProven
}

/** @throws {UsageError} where nothing is found, or no one agrees */
async function agreeOnPlan({ folder, given, answers, command, isJson }: SetUp): Promise<Plan> {
  try {
    const choice = findConfig(folder) === null ? await chooseTool(folder, given, answers) : null
    const plan = makePlan(choice?.project ?? folder, choice)
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
    const kept = written.filter(isKept).map(shownPath)
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

function describeEnd({ project, manager }: Plan, { commands, byHand }: Undo, isProven: boolean): string {
  const way = relative(process.cwd(), project)
  const [freezing, verifying] = [
    `${manager.name} run migrations:freeze`,
    `${manager.name} run migrations:verify`,
  ]
  const enter = way === '' ? '' : `cd ${way} && `
  const next = isProven
    ? `Commit these files. After each new migration, \`${enter}${freezing}\` freezes what it makes, and \`${verifying}\` says whether every older database survives it.`
    : `Something is not proven: see above. \`${enter}${verifying}\` shows it again.`
  return [
    next,
    ...(commands.length === 0 ? [] : [`Undo: ${commands.join(' && ')}`]),
    ...byHand.map(
      (file) =>
        `${shownPath(file)} had changes that are not committed: undo in it what you do not want by hand.`,
    ),
  ].join('\n')
}

function declined(command: string): UsageError {
  return new UsageError({
    where: command,
    expected: 'a yes',
    actual: 'a no',
    fix: 'nothing was written; run it again, with --tool and --folder for another folder',
  })
}
