import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorMessage } from '../../errors.ts'
import type { Results } from '../../report/model.ts'
import { UsageError } from '../errors.ts'
import { type Format, formatResults } from '../report/formats.ts'

const files: readonly (readonly [name: string, format: Format])[] = [
  ['results.json', 'json'],
  ['gate.sarif', 'sarif'],
  ['summary.md', 'markdown'],
  ['report.html', 'html'],
]

/**
 * Makes the folder of the outputs, before anything is run that would be lost without it.
 *
 * @throws {UsageError} when it cannot be made
 */
export function openOutput(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    throw new UsageError(
      {
        where: `--output-dir ${folder}`,
        expected: 'a folder that can be written',
        actual: `the error '${errorMessage(cause)}'`,
        remedy: 'name another folder',
      },
      { cause },
    )
  }
}

/** Writes the results in every format into a folder. */
export async function writeOutputs(folder: string, results: Results): Promise<void> {
  for (const [name, format] of files) {
    writeFileSync(join(folder, name), await formatResults(results, format))
  }
}

/**
 * Adds the summary to the page of the job, where GitHub Actions runs this:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
 */
export async function appendJobSummary(
  results: Results,
  file = process.env.GITHUB_STEP_SUMMARY,
): Promise<void> {
  if (file !== undefined && file !== '') appendFileSync(file, await formatResults(results, 'markdown'))
}
