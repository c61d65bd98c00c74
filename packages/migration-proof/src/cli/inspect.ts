import { defineCommand } from 'citty'
import { errorCode } from '../migrator/errors.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { type ExitCode, exitCodes } from './errors.ts'
import { inspectDatabase } from './inspection/inspect-database.ts'
import type { Inspection } from './inspection/model.ts'
import { renderInspection } from './inspection/render.ts'
import { loadConfig } from './load-config.ts'
import { print, printJson } from './output/print.ts'
import { styleFor } from './output/style.ts'

export const inspectCommand = defineCommand({
  meta: {
    name: 'inspect',
    description:
      'Show what a database file is: its version and form, its tables with their number of rows, its indexes, ' +
      'how its schema differs from that of its version, and what an upgrade would do. The file is not changed.',
    examples: [
      { call: 'inspect server.db', does: 'show the version of a file, and what an upgrade would do' },
      { call: 'inspect server.db --json', does: 'print the same for a script' },
    ],
  },
  args: {
    file: { type: 'positional', required: true, description: 'the database file' },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const config = await loadConfig(findConfigFile(args.config))
    const inspection = await inspectDatabase(config, args.file).catch((error: unknown) => {
      // A limit of this process says nothing of the file.
      const isLimit = error instanceof Error && errorCode(error.cause) === 'EMFILE'
      throw isLimit ? error.cause : error
    })
    if (args.json) printJson(inspection)
    else print(renderInspection(inspection, styleFor(process.stdout)))
    return exitCodeOf(inspection)
  },
})

/**
 * A file of another application or of a newer version cannot be judged; a schema that differs from that of its version,
 * and a file that cannot be upgraded, are failures.
 */
function exitCodeOf({ form, differences, half, unnoted, upgrade, sizeBytes }: Inspection): ExitCode {
  if (form === 'newer' || form === 'foreign') return exitCodes.unusable
  // A file of zero bytes is a fresh install, which needs no upgrade.
  const isWhole = differences.length === 0 && half === null && unnoted === null
  const isSound = isWhole && (upgrade.outcome !== 'refused' || sizeBytes === 0)
  return isSound ? exitCodes.proven : exitCodes.notProven
}
