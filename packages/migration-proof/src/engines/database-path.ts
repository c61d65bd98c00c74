import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { DatabaseOpenError } from './errors.ts'

/** SQLite opens no longer path on Unix: MAX_PATHNAME, less the `-journal` that follows it. */
const longestPathBytes = 504

/** As many links as Linux follows: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const mostLinks = 40

/**
 * The absolute path with every link followed, also a link to a file that does not exist. SQLite keeps the journal
 * and the log beside the file that a link leads to, so that files beside the link do not matter.
 *
 * @throws {DatabaseOpenError} for a name under which no file can be opened
 */
export function realPathOf(path: string): string {
  const real = followLinks(path, mostLinks)
  refuseUnopenable(real)
  return real
}

function followLinks(path: string, linksLeft: number): string {
  const real = tryTo(() => realpathSync.native(path))
  if (real !== null) return real
  const folder = tryTo(() => realpathSync.native(dirname(path)))
  if (folder === null) return resolve(path)
  const name = join(folder, basename(path))
  const target = tryTo(() => readlinkSync(name))
  if (target === null) return name
  if (linksLeft > 0) return followLinks(isAbsolute(target) ? target : folder + sep + target, linksLeft - 1)
  throw refusal(name, 'a file', 'links that lead to each other', 'correct the links')
}

/** The absolute path, with `..` after a link as the system takes it: the folder above that to which the link leads. */
export function absolutePathOf(path: string): string {
  const absolute = resolve(path)
  const [folder, other] = [path, absolute].map((each) => tryTo(() => realpathSync.native(dirname(each))))
  return folder == null || folder === other ? absolute : join(folder, basename(path))
}

/**
 * Refuses an absolute path that the driver would change, and open another file, or that SQLite does not take.
 *
 * @throws {DatabaseOpenError}
 */
export function refuseUnopenable(path: string): void {
  const shown = JSON.stringify(path)
  const renamed = 'rename the file, or check the path'
  if (path.includes('\0')) throw refusal(shown, 'a name without a NUL', 'one with it', 'check the path')
  if (path !== path.trim()) {
    const expected = 'a file name that does not end in white space'
    throw refusal(shown, expected, 'one that does, which the driver takes for another name', renamed)
  }
  const bytes = Buffer.byteLength(path)
  if (isTooLong(path))
    throw refusal(
      path,
      `a path of at most ${longestPathBytes} bytes`,
      `a name too long for SQLite, with ${bytes}`,
      renamed,
    )
}

/**
 * Refuses a path where no file is, and which holds what stands for bytes that are no UTF-8: Node has replaced them, so that
 * a file with such a name cannot be opened.
 *
 * @throws {DatabaseOpenError}
 */
export function refuseReplacedBytes(path: string): void {
  if (!path.includes('\uFFFD') || tryTo(() => lstatSync(path)) !== null) return
  const found = 'one with other bytes, or none of that name'
  throw refusal(path, 'a path in UTF-8', found, 'give the file, and each folder above it, a name in UTF-8')
}

/**
 * Refuses a database file if a name that is derived from its name is too long for the file system or SQLite.
 *
 * @param made the paths of the databases that are derived from it
 * @throws {DatabaseOpenError}
 */
export function refuseLongName(file: string, ...made: readonly string[]): void {
  for (const path of [file, ...made]) {
    const fits = isNameable(`${path}-journal`)
    if (fits && !isTooLong(path)) continue
    const found = fits
      ? `with what is added to it, a path has ${Buffer.byteLength(path)} bytes, and SQLite takes ${longestPathBytes}`
      : 'with what is added to it, it is longer than the file system takes'
    const fix = 'give the file a shorter name, or move it to a folder with a shorter path'
    throw refusal(file, 'a name that leaves room for others made of it', `a name too long: ${found}`, fix)
  }
}

/** Any other problem of a path is reported when it is opened. */
function isNameable(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (error) {
    return !saysTooLong(error)
  }
}

function isTooLong(path: string): boolean {
  return process.platform !== 'win32' && Buffer.byteLength(path) > longestPathBytes
}

/**
 * What the system says of a file; undefined where its name is too long for any file to have it, as that of a journal
 * beside a file with a long name can be.
 */
export function ifNameable<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask()
  } catch (error) {
    if (saysTooLong(error)) return undefined
    throw error
  }
}

function saysTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG'
}

function tryTo<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch {
    return null
  }
}

function refusal(where: string, expected: string, actual: string, fix: string) {
  return new DatabaseOpenError('name', { where, expected, actual, fix })
}
