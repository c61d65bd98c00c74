import { readFileSync, writeFileSync } from 'node:fs'
import { DiagnosedError, errorMessage } from '../../errors.ts'
import { howToRun } from '../../how-to-run.ts'
import { renderMarkdown } from '../../mutation/markdown.ts'
import type { MutationReport } from '../../mutation/report.ts'
import { UsageError } from '../errors.ts'

const [start, end] = ['<!-- matrix -->', '<!-- end of matrix -->']

/**
 * @throws {UsageError} when the page cannot be read, or has no marks for a matrix
 * @throws {DiagnosedError} when it shows another matrix than the report
 */
export function checkPage(file: string, report: MutationReport): void {
  const page = readPage(file)
  if (withMatrix(page, report) === page) return
  throw new DiagnosedError({
    where: file,
    expected: 'the kill matrix of this run',
    actual: 'another one',
    remedy: `run \`${howToRun('mutate', '--matrix', file, '--write')}\` and look at what changed`,
  })
}

/**
 * Writes the matrix of a report between the marks of the page.
 *
 * @throws {UsageError} when the page cannot be read, or has no marks for a matrix
 */
export function writePage(file: string, report: MutationReport): void {
  writeFileSync(file, withMatrix(readPage(file), report))
}

function readPage(file: string): string {
  const expected = `a page with the lines \`${start}\` and \`${end}\``
  const remedy = 'add the two lines where the matrix is to stand, or name another file'
  let page: string
  try {
    page = readFileSync(file, 'utf8')
  } catch (cause) {
    const actual = `the error '${errorMessage(cause)}'`
    throw new UsageError({ where: `--matrix ${file}`, expected, actual, remedy }, { cause })
  }
  if (page.indexOf(end) > page.indexOf(start) && page.includes(start)) return page
  throw new UsageError({
    where: `--matrix ${file}`,
    expected,
    actual: 'neither, or not in this order',
    remedy,
  })
}

function withMatrix(page: string, report: MutationReport): string {
  const [before = '', rest = ''] = page.split(start)
  const [, after = ''] = rest.split(end)
  return `${before}${start}\n${renderMarkdown(report)}\n${end}${after}`
}
