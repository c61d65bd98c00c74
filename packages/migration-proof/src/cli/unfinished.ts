import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { problemOf } from '../gate/problem.ts'
import { versionOfFile } from '../gate/source-file.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import { makeProblem, type Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { readText } from '../snapshots/paths.ts'
import { shownPath } from './config-file.ts'
import { renderProblems } from './output/problem.ts'
import type { Style } from './output/style.ts'

/**
 * What of a new version is still to be written, as far as files say it: stubs, and migrations that no list names. It takes
 * a moment, so that a person need not wait for a proof to be reminded.
 *
 * A stub is a comment that begins with `STUB:` and says what is missing, in the config or in a file that it imports by a
 * relative path.
 */
export function findUnfinished(suite: Suite, configFile: string): Problem[] {
  const files = readImported(configFile)
  return [...findUnlisted(suite, files), ...findStubs(files)]
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

/** Files beside that of the latest migration whose names say a later version. */
function findUnlisted({ plan }: Suite, files: readonly ImportedFile[]): Problem[] {
  const latest = latestVersionOf(plan)
  const list = files.find(({ imports }) => imports.some((path) => versionOfFile(path) === latest))
  const newest = list?.imports.find((path) => versionOfFile(path) === latest)
  if (list === undefined || newest === undefined) return []
  const folder = dirname(newest)
  return readdirSync(folder)
    .filter((file) => (versionOfFile(file) ?? 0) > latest && /\.[cm]?[jt]s$/.test(file))
    .filter((file) => !/\.(test|spec|d)\.[^.]+$/.test(file))
    .map((file) => {
      const shown = shownPath(join(folder, file))
      return problemOf(
        'migration-not-listed',
        { type: 'file', name: shown },
        { file: shown, line: null },
        {
          expected: `a line for it in the list of migrations in ${shownPath(list.path)}`,
          actual: `none: the last one is v${latest}, ${basename(newest)}`,
          fix: 'add it to the end of the list, or delete the file',
        },
      )
    })
}

/** What is unfinished, for people. */
export function renderUnfinished(unfinished: readonly Problem[], style: Style): string {
  const end = 'The new version is not finished: nothing was proven or frozen.'
  return `${renderProblems(unfinished, style)}\n\n${end}`
}
