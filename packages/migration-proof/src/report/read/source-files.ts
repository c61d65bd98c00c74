import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { FindSource } from './history.ts'
import { findLines, type SourceFile } from './source-line.ts'

const sourceEnding = /\.[cm]?[jt]s$/

/**
 * Looks for migrations in the source files of a folder and of its `migrations` folder.
 *
 * @param root the folder from which paths are told
 */
export function findSourceIn(folder: string, root: string): FindSource {
  const files = [folder, join(folder, 'migrations')].flatMap((each) => readFolder(each, root))
  return (statements) => {
    const counted = files.map((file) => ({ file, found: countFound(file, statements) }))
    const [best] = counted.sort((left, right) => right.found - left.found)
    return best === undefined || best.found === 0 ? null : best.file
  }
}

function countFound({ text }: SourceFile, statements: readonly string[]): number {
  return findLines(text, statements).filter((line) => line !== null).length
}

function readFolder(folder: string, root: string): SourceFile[] {
  return listFiles(folder).map((name) => {
    const file = join(folder, name)
    return { path: relative(root, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }
  })
}

/** A folder that is not there has no files: an installed package has no sources. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && sourceEnding.test(entry.name))
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}
