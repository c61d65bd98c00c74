// Goal: what a person does wrong is reported for every tool, with the file of the migration that has the fault.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../src/checks/index.ts'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import { problemsOfFixtures } from '../../src/cli/output/fixtures.ts'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { d1 } from '../../src/history/d1.ts'
import { dbmate } from '../../src/history/dbmate.ts'
import { drizzle } from '../../src/history/drizzle.ts'
import { knex } from '../../src/history/knex.ts'
import { kysely } from '../../src/history/kysely.ts'
import { mikroOrm } from '../../src/history/mikro-orm.ts'
import { prisma } from '../../src/history/prisma.ts'
import { type History, setConfigFolder } from '../../src/history/sql-folder.ts'
import { typeorm } from '../../src/history/typeorm.ts'
import { umzug } from '../../src/history/umzug.ts'
import { endLateSources } from '../../src/migrator/late-statements.ts'
import type { Location, Problem } from '../../src/problem.ts'
import { defineConfig, type Suite } from '../../src/proof/suite.ts'
import { checkFixtures } from '../../src/snapshots/check.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { casesOf } from '../support/campaign.ts'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf } from './tools/project-of-tool.ts'
import {
  type Command,
  dataChanges,
  type Fault,
  faults,
  type Step,
  smallHistory,
} from './tools/small-history.ts'

/** How a tool keeps migrations, in the folder `m`. */
interface Tool {
  readonly name: string
  readonly packages: readonly string[]
  readonly read: () => History
  /** The file of a migration at a position, counted from 1. */
  readonly fileOf: (name: string, position: number) => string
  readonly render: (statements: readonly string[], name: string, position: number) => string
  /** Other files that it needs. */
  readonly others?: (steps: readonly Step[]) => Readonly<Record<string, string>>
  readonly isSql: boolean
  /** Whether a PRAGMA of a migration cannot switch foreign keys off, since a transaction is open. */
  readonly keepsKeysOn: boolean
  /** Whether lint is tried too. It takes longest, and looks at the statements of any function in the same way. */
  readonly isLinted: boolean
  /** The faults that it cannot have, or that nothing shows, each with the reason. */
  readonly cannot?: Readonly<Record<string, string>>
}

const cascade = 'rows lost by cascade in a rebuild'

const sqlText = (statements: readonly string[]) => `${statements.join(';\n')};\n`
const calls = (statements: readonly string[], callOf: (text: string) => string) =>
  statements.map((sql) => `  ${callOf(JSON.stringify(sql))}\n`).join('')
const digits = (position: number) => `2024010${position}000000`

const tools: readonly Tool[] = [
  {
    name: 'drizzle',
    packages: ['drizzle-orm'],
    read: () => drizzle('m'),
    fileOf: (name, position) => `000${position - 1}_${name}.sql`,
    render: (statements) => `${statements.join(';--> statement-breakpoint\n')};\n`,
    others: (steps) => ({
      'meta/_journal.json': JSON.stringify({
        entries: steps.map(({ name }, idx) => ({
          idx,
          tag: `000${idx}_${name}`,
          when: 1_700_000_000_000 + idx,
        })),
      }),
    }),
    isSql: true,
    isLinted: true,
    keepsKeysOn: true,
  },
  {
    name: 'Prisma',
    packages: [],
    read: () => prisma('m'),
    fileOf: (name, position) => `${digits(position)}_${name}/migration.sql`,
    render: sqlText,
    isSql: true,
    isLinted: true,
    keepsKeysOn: false,
  },
  {
    name: 'dbmate',
    packages: [],
    read: () => dbmate('m'),
    fileOf: (name, position) => `${digits(position)}_${name}.sql`,
    render: (statements) => `-- migrate:up\n${sqlText(statements)}-- migrate:down\n`,
    isSql: true,
    isLinted: true,
    keepsKeysOn: false,
    cannot: {
      [cascade]: 'foreign keys are off, unless the URL switches them on',
    },
  },
  {
    name: 'D1',
    packages: [],
    read: () => d1('m'),
    fileOf: (name, position) => `000${position}_${name}.sql`,
    render: sqlText,
    isSql: true,
    isLinted: true,
    keepsKeysOn: true,
  },
  {
    name: 'kysely',
    packages: ['kysely'],
    read: () => kysely('m'),
    fileOf: (name, position) => `00${position}_${name}.mjs`,
    render: (statements) =>
      `import { sql } from 'kysely'\n\nexport async function up(db) {\n${calls(statements, (text) => `await sql.raw(${text}).execute(db)`)}}\n`,
    isSql: false,
    isLinted: true,
    keepsKeysOn: false,
  },
  {
    name: 'knex',
    packages: ['knex'],
    read: () => knex('m'),
    fileOf: (name, position) => `00${position}_${name}.cjs`,
    render: (statements) =>
      `exports.up = async (knex) => {\n${calls(statements, (text) => `await knex.raw(${text})`)}}\nexports.down = async () => {}\n`,
    isSql: false,
    isLinted: false,
    keepsKeysOn: true,
  },
  {
    name: 'Umzug',
    packages: ['umzug'],
    read: () => umzug('m/umzug.mjs', { table: 'applied', column: 'step' }),
    fileOf: (name, position) => `steps/00${position}_${name}.mjs`,
    render: (statements) =>
      `export const up = async ({ context }) => {\n${calls(statements, (text) => `context.exec(${text})`)}}\n`,
    others: () => ({ 'umzug.mjs': umzugFile }),
    isSql: false,
    isLinted: false,
    keepsKeysOn: false,
  },
  {
    name: 'TypeORM',
    packages: ['typeorm'],
    read: () => typeorm('m'),
    fileOf: (name, position) => `170000000000${position}-${name}.mjs`,
    render: (statements, name, position) =>
      `export class ${name}170000000000${position} {\n  async up(runner) {\n${calls(statements, (text) => `  await runner.query(${text})`)}  }\n}\n`,
    isSql: false,
    isLinted: true,
    keepsKeysOn: false,
    cannot: { [cascade]: 'foreign keys are off around its transaction' },
  },
  {
    name: 'MikroORM',
    packages: ['@mikro-orm/core', '@mikro-orm/better-sqlite', '@mikro-orm/migrations'],
    read: () => mikroOrm('m'),
    fileOf: (name, position) => `Migration${digits(position)}_${name}.js`,
    render: (statements, name, position) =>
      `import { Migration } from '@mikro-orm/migrations'\n\nexport class Migration${digits(position)}_${name} extends Migration {\n  async up() {\n${calls(statements, (text) => `  this.addSql(${text})`)}  }\n}\n`,
    isSql: false,
    isLinted: false,
    keepsKeysOn: true,
  },
]

const umzugFile = `import { Umzug } from 'umzug'
import Database from 'better-sqlite3'

let database
export const migrator = new Umzug({
  context: () => (database ??= new Database('app.db')),
  logger: undefined,
  migrations: { glob: ['steps/*.mjs', { cwd: import.meta.dirname }] },
  storage: {
    executed: async ({ context }) => {
      context.exec('CREATE TABLE IF NOT EXISTS applied (step TEXT PRIMARY KEY)')
      return context.prepare('SELECT step FROM applied ORDER BY step').pluck().all()
    },
    logMigration: async ({ name, context }) => {
      context.prepare('INSERT INTO applied (step) VALUES (?)').run(name)
    },
    unlogMigration: async () => {},
  },
})
`

function write(
  { folder, write: writeFile }: ScratchProject,
  { fileOf, render, others }: Tool,
  steps: readonly Step[],
): void {
  rmSync(join(folder, 'm'), { recursive: true, force: true })
  for (const [index, { name, statements }] of steps.entries())
    writeFile(join('m', fileOf(name, index + 1)), render(statements, name, index + 1))
  for (const [file, text] of Object.entries(others?.(steps) ?? {})) writeFile(join('m', file), text)
}

function load({ folder }: ScratchProject, { read }: Tool): Suite {
  setConfigFolder(folder)
  const history = read()
  const migrations = history.migrations.map((migration) =>
    migration.version === smallHistory.length ? { ...migration, dataChanges } : migration,
  )
  return defineConfig({ name: 'shop', ...history, migrations, fixtures: join(folder, 'fixtures') })
}

/** What a command reports. */
const commands: Readonly<Record<Command, (suite: Suite) => readonly Problem[]>> = {
  'freeze --check': (suite) => problemsOfFixtures(suite, checkFixtures(suite).failures),
  // A stop at each statement takes longest, and none of these faults needs one.
  verify: (suite) =>
    verifyUpgrade(suite, 'v3', {
      checks: checks.filter(({ name }) => name !== 'interruption'),
    }).checks.flatMap(({ problems }) => problems),
  lint: (suite) => findWeaknesses(suite, { isQuick: true }).problems,
}

function lineAt(location: Location | null): string | undefined {
  return readFileSync(location?.file ?? '', 'utf8').split('\n')[(location?.line ?? 0) - 1]
}

beforeAll(() => prepareTools().install(), 600_000)

// Each load of a history has threads of its own, which end with a command.
afterEach(endLateSources)

const triedTools = casesOf(tools, ({ name }) => name, ['drizzle', 'dbmate', 'kysely'])

describe.for(triedTools.map((tool) => [tool.name, tool] as const))('%s', ([, tool]) => {
  let project: ScratchProject

  beforeAll(() => {
    project = makeProjectOf(tool.packages, {})
    write(project, tool, smallHistory)
    const suite = load(project, tool)
    freezeMissing(suite)
    freezeMissing(suite, { acceptDrafts: true })
  })

  afterAll(() => project.destroy())

  /** The project with a fault, and the line that a problem names. */
  const inject = ({ inject: change }: Fault) => {
    const copy = project.copy()
    const steps = change(smallHistory, tool.keepsKeysOn)
    write(copy, tool, steps)
    const files = steps.map(({ name }, index) => join(copy.folder, 'm', tool.fileOf(name, index + 1)))
    return { suite: load(copy, tool), files }
  }

  it('has nothing to report without a fault', () => {
    const suite = load(project, tool)
    expect(commands['freeze --check'](suite)).toEqual([])
    expect(commands.verify(suite)).toEqual([])
  })

  const possible = faults.filter(({ name }) => tool.cannot?.[name] === undefined)
  const cases = possible.map((fault) => {
    const found = Object.entries(fault.found).filter(([command]) => command !== 'lint' || tool.isLinted)
    return [fault.name, found.map(([command]) => command).join(' and '), fault, found] as const
  })

  it.for(cases)('%s is reported by %s', ([, , fault, found]) => {
    const { suite, files } = inject(fault)
    for (const [command, code] of found) {
      const all = commands[command as Command](suite)
      const problems = all.filter((problem) => problem.code === code)
      expect(problems, command).not.toEqual([])
      const named = problems.map(({ location }) => location?.file)
      const expected = fault.versions.map((version) => files[version - 1])
      if (fault.isOneOf) {
        expect(named, command).toHaveLength(1)
        expect(expected, command).toContain(named[0])
      } else expect(named, command).toEqual(expected)
      for (const { location } of problems) expect(lineAt(location), command).toMatch(lineOf(fault))
      // What a tool executes beside the migrations is no fault of theirs.
      if (command === 'lint')
        expect(all.map((problem) => problem.code)).not.toContain('pragma-in-transaction')
    }
  })

  const lineOf = ({ line }: Fault) => (tool.isSql ? line : new RegExp(`${line.source}|\\bup\\b`))

  it.for(Object.entries(tool.cannot ?? {}))('%s is no fault: %s', ([name]) => {
    const fault = faults.find((each) => each.name === name)
    if (fault === undefined) throw new Error(`there is no fault '${name}'`)
    expect(commands.verify(inject(fault).suite)).toEqual([])
  })
})
