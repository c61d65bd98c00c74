import { readFileSync, writeFileSync } from 'node:fs'
import { DiagnosedError, errorMessage } from '../../errors.ts'
import { UsageError } from '../errors.ts'

const [start, end] = ['<!-- matrix -->', '<!-- end of matrix -->']

/** The options of a command that writes a matrix of its results to a page. */
export interface MatrixArguments {
  readonly matrix?: string | undefined
  readonly write?: boolean | undefined
}

/** @throws {UsageError} where there is nothing to write to */
export function requirePage(command: string, { matrix, write }: MatrixArguments): void {
  if (write !== true || matrix !== undefined) return
  throw new UsageError({
    where: `${command} --write`,
    expected: '--matrix FILE beside it',
    actual: 'no page to write to',
    fix: `name a Markdown page that has the lines \`${start}\` and \`${end}\``,
  })
}

/**
 * Writes a matrix between the markers of the page, or compares it with what stands there.
 *
 * @param what the matrix, as the end of the sentence "expected …"
 * @param repeat the command that writes it
 * @throws {UsageError} when the page cannot be read, or has no markers for a matrix
 * @throws {DiagnosedError} when its matrix is another one
 */
export function settleMatrix(
  { matrix: file, write }: MatrixArguments,
  matrix: string,
  what: string,
  repeat: string,
): void {
  if (file === undefined) return
  const page = readPage(file)
  const settled = withMatrix(page, matrix)
  if (settled === page) return
  if (write === true) {
    writeFileSync(file, settled)
    return
  }
  throw new DiagnosedError({
    where: file,
    expected: what,
    actual: 'a different one',
    fix: `run \`${repeat}\` and review what changed`,
  })
}

function readPage(file: string): string {
  const expected = `a page with the lines \`${start}\` and \`${end}\``
  const fix = 'add the two lines where the matrix should be, or name another file'
  let page: string
  try {
    page = readFileSync(file, 'utf8')
  } catch (cause) {
    const actual = `the error '${errorMessage(cause)}'`
    throw new UsageError({ where: `--matrix ${file}`, expected, actual, fix }, { cause })
  }
  if (page.indexOf(end) > page.indexOf(start) && page.includes(start)) return page
  throw new UsageError({
    where: `--matrix ${file}`,
    expected,
    actual: 'neither of them, or not in this order',
    fix,
  })
}

function withMatrix(page: string, matrix: string): string {
  const [before = '', rest = ''] = page.split(start)
  const [, after = ''] = rest.split(end)
  return `${before}${start}\n${matrix}\n${end}${after}`
}
