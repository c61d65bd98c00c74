// Goal: a project of Umzug or Sequelize CLI has its upgrades proven with one line of config, by what it has installed.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ScratchProject } from '../support/scratch-project.ts'
import { prepareTools } from './tools/prepare-tools.ts'
import { makeProjectOf, readSame, runScript } from './tools/project-of-tool.ts'

/** What Sequelize uses of the package sqlite3, which would have to be compiled, on better-sqlite3. */
const driver = `const BetterSqlite3 = require('better-sqlite3')

class Database {
  constructor(file, mode, done) {
    this.own = new BetterSqlite3(file)
    setImmediate(done, null)
  }
  all(sql, given, callback) {
    const [values, done] = typeof given === 'function' ? [[], given] : [given ?? [], callback ?? (() => {})]
    let result = { rows: [], lastID: 0, changes: 0 }
    let problem = null
    try {
      const statement = this.own.prepare(sql)
      const bound = Array.isArray(values) ? values : Object.fromEntries(Object.entries(values).map(([name, value]) => [name.slice(1), value]))
      if (statement.reader) result.rows = statement.all(bound)
      else {
        const { lastInsertRowid, changes } = statement.run(bound)
        result = { rows: undefined, lastID: lastInsertRowid, changes }
      }
    } catch (error) {
      problem = error
    }
    setImmediate(() => done.call(result, problem, result.rows))
  }
  run(sql, values, done) {
    this.all(sql, values, done)
    return this
  }
  serialize(work) {
    work()
  }
  close(done) {
    this.own.close()
    done(null)
  }
}

module.exports = { Database, OPEN_READWRITE: 2, OPEN_CREATE: 4 }
`

/** How Sequelize CLI applies the migrations: up to one of them, or all. */
const cliScript = `const { Sequelize } = require('sequelize')
const { createRequire } = require('node:module')
const Umzug = createRequire(require.resolve('sequelize-cli/package.json'))('umzug')

const [storage, to] = process.argv.slice(2)
const sequelize = new Sequelize({ dialect: 'sqlite', dialectModule: require('./driver.cjs'), storage, logging: false })
const umzug = new Umzug({
  storage: 'sequelize',
  storageOptions: { sequelize, tableName: 'SequelizeMeta' },
  migrations: { params: [sequelize.getQueryInterface(), Sequelize], path: 'migrations', pattern: /\\.js$/ },
})
umzug.up(to === undefined ? {} : { to }).then((applied) => console.log(JSON.stringify(applied.map(({ file }) => file))))
`

const authors = `module.exports = {
  up: async (queryInterface, Sequelize) => {
    await queryInterface.createTable('author', {
      id: { type: Sequelize.INTEGER, primaryKey: true },
      name: { type: Sequelize.STRING, allowNull: false },
    })
    await queryInterface.addIndex('author', ['name'])
  },
}
`

const books = `module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('book', {
      id: { type: Sequelize.INTEGER, primaryKey: true },
      authorId: { type: Sequelize.INTEGER, references: { model: 'author', key: 'id' }, onDelete: 'CASCADE' },
      title: Sequelize.TEXT,
    })
    for (const { id, name } of await queryInterface.select(null, 'author', {}))
      await queryInterface.bulkInsert('book', [{ authorId: id, title: 'Notes of ' + name }])
  },
}
`

const files = ['20240101000000-authors.js', '20240102000000-books.js']
const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'

beforeAll(() => prepareTools().install(), 600_000)

describe('Sequelize CLI', () => {
  let project: ScratchProject

  beforeAll(() => {
    project = makeProjectOf(['sequelize', 'sequelize-cli'], {
      'package.json': '{}\n',
      'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { sequelizeCli } from 'migration-proof/umzug'

export default defineConfig({ name: 'shop', ...sequelizeCli('migrations'), fixtures: 'fixtures' })
`,
      [`migrations/${files[0]}`]: authors,
      [`migrations/${files[1]}`]: books,
      'migrate.cjs': cliScript,
      'driver.cjs': driver,
    })
    project.run(['freeze'])
    project.run(['freeze', '--accept-drafts'])
  })

  afterAll(() => project.destroy())

  it('is proven, and the result says what was run', () => {
    const { stdout, exitCode } = project.run(['verify', '--no-cache'])
    expect(stdout).toMatch(/Applied by Sequelize CLI \d+\.\d+\.\d+\./)
    expect(exitCode).toBe(0)
  })

  it('has a file recognised by inspect and upgraded by upgrade, and nothing left to apply', () => {
    const copy = project.copy()
    expect(runScript(copy, 'migrate.cjs', 'data.db', files[0] ?? '')).toEqual(files.slice(0, 1))
    const database = new Database(join(copy.folder, 'data.db'))
    database.exec("INSERT INTO author (name) VALUES ('Ada')")
    database.close()
    expect(JSON.parse(copy.run(['inspect', 'data.db', '--json']).stdout)).toMatchObject({ version: 1 })
    expect(copy.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
    expect(runScript(copy, 'migrate.cjs', 'data.db')).toEqual([])
    expect(runScript(copy, 'migrate.cjs', 'other.db')).toEqual(files)
    readSame(copy, ['data.db', 'other.db'], [schema, 'SELECT * FROM SequelizeMeta'])
    const upgraded = new Database(join(copy.folder, 'data.db'))
    expect(upgraded.prepare('SELECT title FROM book').pluck().all()).toEqual(['Notes of Ada'])
    upgraded.exec("UPDATE SequelizeMeta SET name = 'other.js' WHERE name LIKE '%authors.js'")
    upgraded.close()
    expect(copy.run(['upgrade', 'data.db']).stderr).toContain('Sequelize CLI does not see that')
  })
})

/** The migrator of a project: its context is its own, and so is its storage. */
const umzugFile = `import { Umzug } from 'umzug'
import Database from 'better-sqlite3'

const open = () => new Database(process.env.FILE ?? 'app.db')
let database
export const migrator = new Umzug({
  context: () => (database ??= open()),
  logger: undefined,
  migrations: { glob: ['migrations/*.mjs', { cwd: import.meta.dirname ?? process.cwd() }] },
  storage: {
    executed: async ({ context }) => {
      context.exec('CREATE TABLE IF NOT EXISTS applied (step TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP)')
      return context.prepare('SELECT step FROM applied ORDER BY step').pluck().all()
    },
    logMigration: async ({ name, context }) => {
      context.prepare('INSERT INTO applied (step) VALUES (?)').run(name)
    },
    unlogMigration: async () => {},
  },
})
`

describe('Umzug with a context and a storage of its own', () => {
  let project: ScratchProject
  const config = (options: string) => `import { defineConfig } from 'migration-proof'
import { umzug } from 'migration-proof/umzug'

export default defineConfig({ name: 'shop', ...umzug('umzug.mjs'${options}), fixtures: 'fixtures' })
`

  beforeAll(() => {
    project = makeProjectOf(['umzug'], {
      'migration-proof.config.mjs': config(", { table: 'applied', column: 'step' }"),
      'umzug.mjs': umzugFile,
      'migrations/001.mjs':
        "export const up = async ({ context }) => context.exec('CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)')\n",
      'migrations/002.mjs':
        "export const up = async ({ context, name }) => context.exec('CREATE INDEX author_name ON author (name)')\n",
      'migrate.mjs': `process.env.FILE = process.argv[2]
const { migrator } = await import('./umzug.mjs')
console.log(JSON.stringify((await migrator.up(process.argv[3] ? { to: process.argv[3] } : {})).map(({ name }) => name)))
`,
    })
    project.run(['freeze'])
    project.run(['freeze', '--accept-drafts'])
  })

  afterAll(() => project.destroy())

  it('is proven, recognised and upgraded', () => {
    const { stdout, exitCode } = project.run(['verify', '--no-cache'])
    expect(stdout).toMatch(/Applied by Umzug 3\.\d+\.\d+\./)
    expect(exitCode).toBe(0)
    expect(runScript(project, 'migrate.mjs', 'data.db', '001.mjs')).toEqual(['001.mjs'])
    expect(project.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
    expect(runScript(project, 'migrate.mjs', 'data.db')).toEqual([])
    expect(runScript(project, 'migrate.mjs', 'other.db')).toEqual(['001.mjs', '002.mjs'])
    readSame(project, ['data.db', 'other.db'], [schema, 'SELECT step, typeof(at) FROM applied'])
  })

  it('says what to name where its storage is not known', () => {
    const copy = project.copy()
    copy.write('migration-proof.config.mjs', config(''))
    const { stderr, exitCode } = copy.run(['status'])
    expect(stderr).toContain('name `table` and `column` of a storage in the database')
    expect(exitCode).toBe(2)
  })

  it('names a folder in place of its file, and notes that are in no database', () => {
    const copy = project.copy()
    copy.write('migration-proof.config.mjs', config('').replace('umzug.mjs', 'migrations'))
    expect(copy.run(['status']).stderr).toContain(
      'migrations: expected the file that exports an Umzug, such as src/umzug.js, found a folder',
    )
    const stored = umzugFile.replace(
      /storage: \{[\s\S]*\},\n\}\)/,
      "storage: new JSONStorage({ path: 'notes.json' }),\n})",
    )
    copy.write(
      'umzug.mjs',
      stored.replace("from 'umzug'", "from 'umzug'\nimport { JSONStorage } from 'umzug'"),
    )
    copy.write('migration-proof.config.mjs', config(", { table: 'applied' }"))
    expect(copy.run(['status']).stderr).toContain(
      'it notes them in the file notes.json, and not in the database',
    )
  })
})
