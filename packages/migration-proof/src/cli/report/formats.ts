import type { Results } from '../../report/model.ts'
import { readPageAssets } from '../program.ts'

export const formatNames = ['html', 'json', 'sarif', 'junit', 'markdown'] as const

export type Format = (typeof formatNames)[number]

/** Results as the text of a file. */
export async function formatResults(results: Results, format: Format): Promise<string> {
  const { formatJson, formatJunit, formatMarkdown, formatSarif, junitParts, renderPage } = await import(
    './results-text.ts'
  )
  const writers: Readonly<Record<Format, () => string>> = {
    html: () => renderPage(results, readPageAssets()),
    json: () => formatJson(results),
    sarif: () => formatSarif(results),
    junit: () => formatJunit(results.suite, junitParts(results)),
    markdown: () => formatMarkdown(results),
  }
  return writers[format]()
}

/**
 * Reads results that were written as JSON.
 *
 * @param where the file, as the error names it
 * @throws {ResultsError} when it is no JSON, or not what the published JSON Schema says
 */
export async function parseResults(text: string, where: string): Promise<Results> {
  return (await import('./results-text.ts')).parseResults(text, where)
}
