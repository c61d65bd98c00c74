import { defineCommand } from 'citty'
import { noteShippedEngine } from '../engines/better-sqlite3.ts'
import { type EngineName, engineNames, isEngineName } from '../engines/engine-names.ts'
import { MissingLibraryError } from '../errors.ts'
import type { NotedTable } from '../history/recognisers/find-tools.ts'
import { quoteName } from '../sql/names.ts'
import { UsageError } from './errors.ts'
import { agreement, noAnswers, openTerminal } from './init/ask.ts'
import { setUp } from './init/set-up.ts'
import { currentProgram } from './program.ts'

export const initCommand = defineCommand({
  meta: {
    name: 'init',
    description:
      'Set a project up: find the tool that applies its migrations, write the config, draft and freeze the fixtures, ' +
      'add scripts, a test and a workflow, and run `verify` for the first time. What exists is left as it is.',
    examples: [
      { call: 'init --yes', does: 'write the files without a question, where one tool fits best' },
      { call: 'init --tool drizzle --folder drizzle', does: 'name the tool and its folder' },
      { call: 'init --engine node:sqlite', does: 'use the SQLite of Node alone, without a native package' },
    ],
  },
  args: {
    tool: {
      type: 'string',
      valueHint: 'name',
      description: 'the tool that applies the migrations, such as drizzle',
    },
    folder: {
      type: 'string',
      valueHint: 'folder',
      description: 'the folder of the migrations, or the file of an Umzug',
    },
    database: {
      type: 'string',
      valueHint: 'file',
      description: 'a database file of the project, whose table of versions shows the tool',
    },
    engine: {
      type: 'string',
      valueHint: 'name',
      description:
        'the engine that the application ships, such as node:sqlite, with which better-sqlite3 is not installed; defaults to better-sqlite3',
    },
    yes: { type: 'boolean', description: 'ask nothing: take the tool that fits best, and agree to all else' },
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const { tool, folder, database, yes, json } = args
    const engine = readEngine(args.engine)
    const command = `${currentProgram().name} init`
    const tables = database === undefined ? [] : await readTables(database)
    return setUp({
      folder: process.cwd(),
      given: { tool, folder, tables },
      engine,
      answers: yes ? agreement : process.stdin.isTTY ? openTerminal() : noAnswers(command),
      command,
      isJson: json === true,
    })
  },
})

function readEngine(given: string | undefined): EngineName {
  const name = given ?? 'better-sqlite3'
  if (!isEngineName(name))
    throw new UsageError({
      where: '--engine',
      expected: `one of ${engineNames.join(', ')}`,
      actual: `'${name}'`,
      fix: 'choose one of them',
    })
  noteShippedEngine(name)
  return name
}

/** The tables of a database file, which is left as it is. */
async function readTables(file: string): Promise<NotedTable[]> {
  try {
    const { lookAt } = await import('./inspection/inspect-database.ts')
    using seen = await lookAt(file, (connection) => {
      const tables = connection.all("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
      return tables.map(({ name }) => ({
        file,
        name: String(name),
        columns: connection
          .all(`PRAGMA main.table_info(${quoteName(String(name))})`)
          .map((row) => String(row.name)),
      }))
    })
    if (seen.result.length > 0) return seen.result
  } catch (error) {
    if (!(error instanceof MissingLibraryError)) throw error
    const packages = 'npm install --save-dev migration-proof better-sqlite3'
    const fix = `install it in the project (${packages}) and run this again, or leave --database out`
    throw new MissingLibraryError({ ...error.diagnosis, where: `--database ${file}`, fix }, { cause: error })
  }
  throw new UsageError({
    where: `--database ${file}`,
    expected: 'a database that has had migrations',
    actual: 'one without tables',
    fix: 'name another one, or leave --database out',
  })
}
