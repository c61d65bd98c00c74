import { defineCommand } from 'citty'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { inspectDatabase } from './inspection/inspect-database.ts'
import type { Inspection } from './inspection/model.ts'
import { renderInspection } from './inspection/render.ts'
import { loadSuite, suiteArgument } from './load-suite.ts'
import { printJson } from './output/json.ts'
import { styleFor } from './output/style.ts'

export const inspectCommand = defineCommand({
  meta: {
    name: 'inspect',
    description:
      'Tell what a database file is: its version and form, its tables with their number of rows, its indexes, ' +
      'and where its schema is not what its version says. The file is not changed.',
  },
  args: {
    file: { type: 'positional', required: true, description: 'the database file' },
    suite: suiteArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const inspection = await inspectDatabase(await loadSuite(args.suite), args.file)
    if (args.json) printJson(inspection)
    else process.stdout.write(`${renderInspection(inspection, styleFor(process.stdout))}\n`)
    return exitCodeOf(inspection)
  },
})

/** A version that is not known cannot be judged; a schema that is not its version's is a failure. */
function exitCodeOf({ form, differences }: Inspection): ExitCode {
  if (form === 'newer') return exitCodes.unusable
  return differences.length === 0 ? exitCodes.proven : exitCodes.notProven
}
