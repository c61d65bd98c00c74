import { renderPage } from '../../harness/report/html/page.tsx'
import { formatMarkdown } from '../../harness/report/markdown/summary.ts'
import type { Results } from '../../harness/report/model.ts'
import { formatJson } from '../../harness/report/parse.ts'
import { formatSarif } from '../../harness/report/sarif.ts'
import { readPageAssets } from '../report-files.ts'

/** How each format is made of the results. */
const writers = {
  html: (results: Results) => renderPage(results, readPageAssets()),
  json: formatJson,
  sarif: formatSarif,
  markdown: formatMarkdown,
} as const satisfies Readonly<Record<string, (results: Results) => string>>

export type Format = keyof typeof writers

export const formatNames: readonly Format[] = ['html', 'json', 'sarif', 'markdown']

/** Results as the text of a file. */
export function formatResults(results: Results, format: Format): string {
  return writers[format](results)
}
