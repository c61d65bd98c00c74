import { existsSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import {
  type FoundTool,
  findTools,
  listTools,
  type NotedTable,
  useTool,
} from '../../history/recognisers/find-tools.ts'
import { quoteArgument } from '../../how-to-run.ts'
import { suggest } from '../../suggest.ts'
import { UsageError } from '../errors.ts'
import type { Answers } from './ask.ts'

/** What the user says of the migrations. */
export interface GivenTool {
  readonly tool?: string | undefined
  readonly folder?: string | undefined
  /** The tables of the database that the user names. */
  readonly tables: readonly NotedTable[]
}

/** A project, and the tool that applies its migrations. */
export interface ChosenTool {
  /** The path of the folder of the project. */
  readonly project: string
  readonly chosen: FoundTool
  /** Others that fit, too. */
  readonly others: readonly FoundTool[]
}

/**
 * Chooses the project in a folder and the tool of its migrations. Where the folder has none, a package below it may.
 *
 * @throws {UsageError} when there is none, or several fit and no one chooses
 */
export async function chooseTool(folder: string, given: GivenTool, answers: Answers): Promise<ChosenTool> {
  if (given.tool !== undefined) requireKnown(given.tool)
  const named = given.folder === undefined ? undefined : requirePath(folder, given.folder)
  const hints = { tables: given.tables, folder: named }
  const fits = (one: FoundTool) =>
    (given.tool === undefined || one.tool === given.tool) && (named === undefined || one.folder === named)
  const here = findTools(folder, hints)
  const found = here.found.filter(fits)
  if (found.length > 0) return { project: folder, ...(await chooseOne(found, folder, answers)) }
  const used = given.tool === undefined || named === undefined ? null : useTool(given.tool, named)
  if (used !== null) return { project: folder, chosen: used, others: [] }
  const packages = here.packages.map((path) => ({
    path,
    ...findTools(join(folder, path), { tables: given.tables }),
  }))
  const fitting = packages
    .map(({ path, found: all }) => ({ path, found: all.filter(fits) }))
    .filter((one) => one.found.length > 0)
  const [first] = fitting
  if (first === undefined) {
    const unusable = [
      ...here.unusable,
      ...packages.flatMap((one) => one.unusable.map((why) => `${one.path}: ${why}`)),
    ]
    throw noTool(folder, given, unusable, here.found)
  }
  const only = fitting.length === 1 ? 0 : null
  const titles = fitting.map(
    ({ path, found: all }) => `${path}: ${[...new Set(all.map(({ tool }) => tool))].join(', ')}`,
  )
  const index =
    only ??
    (await answers.choose('Which package?', titles, null, severalPackages(folder, titles, first.path)))
  const { path, found: tools } = fitting[index] ?? first
  const project = join(folder, path)
  return { project, ...(await chooseOne(tools, project, answers)) }
}

/** What was found, and why, in one line. */
export function describeTool({ tool, signs }: FoundTool): string {
  return `${tool}: ${signs.join('; ')}`
}

async function chooseOne(found: readonly FoundTool[], folder: string, answers: Answers) {
  const [first, second] = found
  const best = first !== undefined && first.weight > (second?.weight ?? -1) ? 0 : null
  const index =
    found.length === 1
      ? 0
      : await answers.choose(
          'Which of them applies the migrations?',
          found.map(describeTool),
          best,
          severalTools(folder, found),
        )
  const chosen = found[index]
  if (chosen === undefined) throw new RangeError(`There is no tool ${index}`)
  return { chosen, others: found.filter((one) => one !== chosen) }
}

function severalTools(folder: string, found: readonly FoundTool[]): UsageError {
  const ways = found.map(({ tool, folder: own }) => `--tool ${tool} --folder ${quoteArgument(own)}`)
  return new UsageError({
    where: folder,
    expected: 'one tool that applies the migrations',
    actual: `${found.length} that fit alike, ${found.map(describeTool).join(', and ')}`,
    fix: `add ${ways.join(', or ')}`,
  })
}

function severalPackages(folder: string, titles: readonly string[], first: string): UsageError {
  return new UsageError({
    where: folder,
    expected: 'the migrations of one package',
    actual: `${titles.length} with migrations, ${titles.join(', and ')}`,
    fix: `run it in the folder of one of them, such as \`cd ${quoteArgument(first)}\``,
  })
}

/** @param elsewhere what was found of other tools, or in other folders than the one that is named */
function noTool(
  folder: string,
  { tool, folder: named, tables }: GivenTool,
  unusable: readonly string[],
  elsewhere: readonly FoundTool[],
): UsageError {
  const kinds =
    tool === undefined
      ? `a folder of ${listTools().slice(0, -1).join(', ')}, or of SQL files`
      : `a folder of ${tool}`
  const noted =
    tables.length === 0 ? '' : `, and ${tables[0]?.file} has ${tables.map(({ name }) => name).join(', ')}`
  const where = named === undefined ? folder : `--folder ${named}`
  if (elsewhere.length > 0) {
    const ways = elsewhere.map((one) => `--tool ${one.tool} --folder ${quoteArgument(one.folder)}`)
    return new UsageError({
      where,
      expected: kinds,
      actual: `none there, and ${elsewhere.map(describeTool).join(', and ')}`,
      fix: `give ${ways.join(', or ')}, or name the tool of that folder with --tool`,
    })
  }
  return new UsageError({
    where,
    expected: kinds,
    actual: unusable.length === 0 ? `none${noted}` : `none that can be used: ${unusable.join('; ')}`,
    fix: 'run it in the folder of the project, add --tool and --folder, or describe the migrations in a config by hand, as docs/config.md of this package shows',
  })
}

function requireKnown(tool: string): void {
  const tools = listTools()
  if (tools.includes(tool)) return
  const near = suggest(tool, tools)
  throw new UsageError({
    where: `--tool ${tool}`,
    expected: `one of ${tools.join(', ')}`,
    actual: 'another one',
    fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

/** @returns it from the folder of the project, with slashes; a file may stand in place of the folder */
function requirePath(project: string, given: string): string {
  const path = resolve(project, given)
  if (existsSync(path)) return relative(project, path).split(sep).join('/') || '.'
  throw new UsageError({
    where: `--folder ${given}`,
    expected: 'the folder of the migrations',
    actual: 'no such folder',
    fix: 'correct the path',
  })
}
