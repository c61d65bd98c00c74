import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errorMessage } from '../../errors.ts'
import { findPackageFolder } from '../../gate/side.ts'
import type { Suite } from '../../proof/suite.ts'
import type { Results } from '../../report/model.ts'
import { judgedParts } from '../../report/problems.ts'
import { partTitles, summarisePart } from '../../report/words.ts'
import { suggest } from '../../suggest.ts'
import { findConfigFile } from '../config-file.ts'
import { type ExitCode, exitCodes, UsageError } from '../errors.ts'
import { loadConfig } from '../load-config.ts'
import { print, printDocument, printJson, printJsonText } from '../output/print.ts'
import { printable } from '../output/printable.ts'
import { progressOn } from '../output/progress.ts'
import { styleFor } from '../output/style.ts'
import { formatBytes } from '../output/text.ts'
import { collectResults, partNames, repeatPart } from '../results/collect.ts'
import { setSubject } from '../subject.ts'
import { type Format, formatNames, formatResults, parseResults } from './formats.ts'

interface ReportArguments {
  readonly results?: string | undefined
  readonly parts?: string | undefined
  readonly format?: string | undefined
  readonly output?: string | undefined
  readonly config?: string | undefined
  readonly json?: boolean | undefined
}

/** Where a format goes by default: a page that fills a terminal is of no use. */
const defaultFiles: Partial<Record<Format, string>> = { html: 'report.html' }

/**
 * Runs every proof, or reads results, and writes them in one format.
 *
 * @throws {UsageError} when an argument is wrong, or the output cannot be written
 * @throws {ResultsError} when the file of results is none
 */
export async function runReport(args: ReportArguments): Promise<ExitCode> {
  const format = chooseFormat(args)
  const parts = chooseParts(args)
  const output = args.output ?? defaultFiles[format]
  if (output !== undefined) checkFolder(output)
  const results = await (args.results === undefined ? collect(args.config, parts) : readResults(args.results))
  const text = await formatResults(results, format)
  if (output === undefined) printResults(text, format)
  else {
    writeResults(text, output)
    if (args.json) printJson({ suite: results.suite, outcome: results.outcome, output })
    else {
      const written = `${printable(output)}: ${formatBytes(Buffer.byteLength(text))}`
      print([written, ...describeFailures(results)].join('\n'))
    }
  }
  return results.outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
}

/** A line for each part that failed, and how to see it again: the page itself may be read much later. */
function describeFailures(results: Results): string[] {
  const mark = styleFor(process.stdout)('red', '✗')
  return judgedParts
    .filter((part) => results[part]?.outcome === 'failed')
    .map(
      (part) =>
        `${mark} ${partTitles[part]}: ${summarisePart(results, part)}; see it with \`${repeatPart(part)}\``,
    )
}

function chooseFormat({ format, json = false }: ReportArguments): Format {
  if (format === undefined) return json ? 'json' : 'html'
  if (json && format !== 'json') throw contradiction('--json', 'no other --format beside it', format)
  return choose('--format', format, formatNames)
}

type ChosenPart = (typeof partNames)[number]

function chooseParts({ parts, results }: ReportArguments): readonly ChosenPart[] {
  if (parts === undefined) return partNames
  if (results !== undefined) throw contradiction('--parts', 'no --results beside it', results)
  return parts.split(',').map((name) => choose('--parts', name.trim(), partNames))
}

function choose<Name extends string>(option: string, name: string, names: readonly Name[]): Name {
  const found = names.find((candidate) => candidate === name)
  if (found !== undefined) return found
  const near = suggest(name, names)
  throw new UsageError({
    where: option,
    expected: `one of ${names.join(', ')}`,
    actual: `'${name}'`,
    fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

function contradiction(where: string, expected: string, actual: string): UsageError {
  return new UsageError({ where, expected, actual: `'${actual}'`, fix: 'leave out one of them' })
}

async function collect(config: string | undefined, names: readonly ChosenPart[]): Promise<Results> {
  const configFile = findConfigFile(config)
  const suite = await loadConfig(configFile)
  // Results that were written before can be shown without what makes them.
  const { listParts } = await import('../results/parts.ts')
  const all = listParts(suite, configFile, { sources: sourcesOf(suite, configFile) })
  const progress = progressOn(process.stderr)
  try {
    return await collectResults(suite, Object.fromEntries(names.map((name) => [name, all[name]])), {
      onStart: (part) => progress.show(part),
    })
  } finally {
    progress.clear()
  }
}

/** Migrations are looked for in this project, or beside the module of a suite. */
function sourcesOf({ sources }: Suite, configFile: string) {
  const folder = dirname(configFile)
  return { folder: sources ?? folder, root: findPackageFolder(folder) ?? folder }
}

async function readResults(file: string): Promise<Results> {
  const text = attempt('--results', file, 'a file that can be read', () => readFileSync(file, 'utf8'))
  const results = await parseResults(text, file)
  setSubject({ name: results.suite, latestVersion: null, file })
  return results
}

/** Reported before minutes of work, not after them. */
function checkFolder(file: string): void {
  attempt('--output', file, 'a folder that can be written', () =>
    accessSync(dirname(resolve(file)), constants.W_OK),
  )
}

function printResults(text: string, format: Format): void {
  if (format === 'json' || format === 'sarif') printJsonText(text)
  else printDocument(text)
}

function writeResults(text: string, file: string): void {
  attempt('--output', file, 'a file that can be written', () => writeFileSync(file, text))
}

function attempt<Result>(option: string, file: string, expected: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    const actual = `the error '${errorMessage(cause)}'`
    throw new UsageError(
      { where: `${option} ${file}`, expected, actual, fix: 'name another file' },
      { cause },
    )
  }
}
