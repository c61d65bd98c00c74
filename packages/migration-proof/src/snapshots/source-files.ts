import { existsSync, readdirSync } from 'node:fs'
import { extname, join } from 'node:path'

const sourceEndings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.sql']
const otherFolders = ['node_modules', 'dist', 'build', 'coverage']

/** The paths of the files with code or SQL in a folder and those under it. @param fixtures a folder that holds no sources */
export function listSourceFiles(folder: string, fixtures: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const whole = join(folder, entry.name)
      if (entry.isFile()) return sourceEndings.includes(extname(entry.name)) ? [whole] : []
      const isOther = otherFolders.includes(entry.name) || entry.name.startsWith('.') || whole === fixtures
      return entry.isDirectory() && !isOther ? listSourceFiles(whole, fixtures) : []
    })
    .sort()
}

/** The number in a file's name: 7 for `v7-labels.ts` and for `007_labels.sql`; null where it begins with none, or with a date. */
export function versionOfFile(path: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const [, digits] = /^v?(\d+)(?!-\d\d-\d\d)[-_.]/i.exec(name) ?? []
  return digits === undefined ? null : Number(digits)
}

/** Whether a file holds code that runs, and is no test of other code. */
export function isCode(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path) && !/\.(test|spec|d)\.[^.]+$/.test(path)
}
