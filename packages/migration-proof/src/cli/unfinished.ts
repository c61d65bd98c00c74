import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findUnlisted } from '../gate/numbers.ts'
import { versionOfFile } from '../gate/source-file.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { readSources, type SourceFile } from '../proof/code.ts'
import type { Suite } from '../proof/suite.ts'
import { shownPath } from './config-file.ts'
import { type ExitCode, exitCodes } from './errors.ts'
import { print, printJson } from './output/print.ts'
import { renderProblems } from './output/problem.ts'
import { styleFor } from './output/style.ts'

/**
 * What of a new version is still to be written, as far as files say it: stubs, and migrations that no list names. It takes
 * a moment, so that a person need not wait for a proof to be reminded.
 *
 * A stub is a comment that begins with `STUB:` and says what is missing, in the config or in a file that it imports by a
 * relative path.
 */
export function findUnfinished(suite: Suite, configFile: string): Problem[] {
  const files = readSources(configFile)
  return [...findUnlistedIn(files, suite), ...findStubs(files)]
}

function findStubs(files: readonly SourceFile[]): Problem[] {
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
function findUnlistedIn(files: readonly SourceFile[], { plan }: Suite): Problem[] {
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
export function printUnfinished(
  unfinished: readonly Problem[],
  isJson: boolean | undefined,
  fields: Readonly<Record<string, unknown>> = {},
): ExitCode {
  const end = 'The new version is not finished: nothing was proven or frozen.'
  if (isJson) printJson({ ...fields, problems: unfinished })
  else print(`${renderProblems(unfinished, styleFor(process.stdout))}\n\n${end}`)
  return exitCodes.notProven
}
