import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { shownPath } from '../errors.ts'
import { findUnlisted } from '../gate/numbers.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { readText } from '../snapshots/paths.ts'
import { versionOfFile } from '../snapshots/source-files.ts'
import { type ExitCode, exitCodes } from './errors.ts'
import { type ProblemFormat, printIn } from './output/format.ts'
import { renderProblems } from './output/problem.ts'
import { styleFor } from './output/style.ts'
import { subjectName } from './subject.ts'

/**
 * What of a new version is still to be written, as far as files say it: stubs, and migrations that no list names. It takes
 * a moment, so that a person need not wait for a proof to be reminded.
 *
 * A stub is a comment that begins with `STUB:` and says what is missing, in the config or in a file that it imports by a
 * relative path.
 */
export function findUnfinished(suite: Suite, configFile: string): Problem[] {
  const files = readImported(configFile)
  return [...findUnlistedIn(files, suite), ...findStubs(files)]
}

/** A file of the config. */
interface ImportedFile {
  readonly path: string
  readonly text: string
  /** The paths of the files that it imports. */
  readonly imports: readonly string[]
}

/** The config, and the files that it imports, and so on; libraries are left out. */
function readImported(configFile: string): ImportedFile[] {
  const paths = new Set([configFile])
  const files: ImportedFile[] = []
  for (const path of paths) {
    const text = readText(path) ?? ''
    const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g)].flatMap(
      ([, specifier = '']) => resolveFile(resolve(dirname(path), specifier)),
    )
    for (const imported of imports) paths.add(imported)
    files.push({ path, text, imports })
  }
  return files
}

/** A specifier may leave out its ending, or name a folder. */
function resolveFile(path: string): string[] {
  const endings = ['', '.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js']
  const found = endings
    .map((ending) => path + ending)
    .find((file) => existsSync(file) && statSync(file).isFile())
  return found === undefined ? [] : [found]
}

function findStubs(files: readonly ImportedFile[]): Problem[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const [, missing] = /^\s*(?:\/\/|\/?\*+|--)\s*STUB: *(.*?)(?:\s*\*\/)?$/.exec(line) ?? []
      if (missing === undefined) return []
      return makeProblem('stub', {
        subject: { type: 'file', name: shownPath(path) },
        location: { file: shownPath(path), line: index + 1 },
        expected: 'no stub',
        actual: `'${missing}'`,
        why: 'A version with a gap would be frozen or proven as if it were whole.',
        fix: 'write it, and delete this comment',
      })
    }),
  )
}

/** Looks in the folder of the latest migration, as far as a file of the config imports that. */
function findUnlistedIn(files: readonly ImportedFile[], { plan }: Suite): Problem[] {
  const latest = latestVersionOf(plan)
  const isLatest = (path: string) => versionOfFile(path) === latest
  const list = files.find(({ imports }) => imports.some(isLatest))
  const newest = list?.imports.find(isLatest)
  if (list === undefined || newest === undefined) return []
  const folder = dirname(newest)
  const paths = readdirSync(folder).map((file) => shownPath(join(folder, file)))
  return findUnlisted(paths, latest, shownPath(list.path))
}

/** Prints what is unfinished as the result of a command, which then does nothing else. */
export async function printUnfinished(
  unfinished: readonly Problem[],
  format: ProblemFormat,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<ExitCode> {
  const end = 'The new version is not finished: nothing was proven or frozen.'
  await printIn(format, {
    suite: subjectName() ?? '',
    json: { ...fields, problems: unfinished },
    text: () => `${renderProblems(unfinished, styleFor(process.stdout))}\n\n${end}`,
    parts: { unfinished: { durationMilliseconds: 0, problems: unfinished } },
    problems: unfinished,
  })
  return exitCodes.notProven
}
