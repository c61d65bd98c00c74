import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { DiagnosedError } from '../../harness/errors.ts'
import { renderMarkdown } from '../../harness/mutation/markdown.ts'
import type { MutationReport } from '../../harness/mutation/report.ts'
import { pageFile } from '../mutation-files.ts'

const [start, end] = ['<!-- matrix -->', '<!-- end of matrix -->']

/** @throws {DiagnosedError} when the page shows another matrix than the report */
export function checkPage(report: MutationReport): void {
  if (!existsSync(pageFile)) return
  const page = readFileSync(pageFile, 'utf8')
  if (withMatrix(page, report) === page) return
  throw new DiagnosedError({
    where: 'docs/mutation.md',
    expected: 'the kill matrix of this run',
    actual: 'another one',
    remedy: 'run `npm run mutate -- --write` and look at what changed',
  })
}

/** Writes the matrix of a report between the marks of the page. */
export function writePage(report: MutationReport): void {
  writeFileSync(pageFile, withMatrix(readFileSync(pageFile, 'utf8'), report))
}

function withMatrix(page: string, report: MutationReport): string {
  const [before = '', rest = ''] = page.split(start)
  const [, after = ''] = rest.split(end)
  return `${before}${start}\n${renderMarkdown(report)}\n${end}${after}`
}
