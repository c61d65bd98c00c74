// @ts-check
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Shape
 * @property {number} versions
 * @property {number} [tables] how many there are after the first version
 * @property {number} [statements] of a version that adds something
 * @property {number} [rebuilds] the share of the versions that rebuild a table
 * @property {number} [changes] the share of the versions that change rows
 */

/**
 * A history of so many versions as a project of its own, with nothing frozen. The same shape is the same history: the first
 * versions of a longer one are those of a shorter one.
 *
 * @param {string} folder
 * @param {Shape} shape
 */
export function writeHistory(folder, shape) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  const own = fileURLToPath(new URL('../../', import.meta.url))
  const require = createRequire(join(own, 'package.json'))
  const packages = { 'migration-proof': own }
  for (const name of ['better-sqlite3', 'fast-check'])
    packages[name] = dirname(require.resolve(`${name}/package.json`))
  for (const [name, path] of Object.entries(packages)) symlinkSync(path, join(folder, 'node_modules', name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const migrations = makeMigrations(shape).map(
    ({ sql, ...migration }) =>
      `  { ...${JSON.stringify(migration)}, up: (d) => d.exec(${JSON.stringify(sql)}) },`,
  )
  writeFileSync(
    join(folder, 'migration-proof.config.mjs'),
    `import { defineConfig } from 'migration-proof'

const migrations = [
${migrations.join('\n')}
]

export default defineConfig({ name: 'generated', migrations, fixtures: 'fixtures' })
`,
  )
}

/** @param {Shape} shape */
function makeMigrations({ versions, tables = 8, statements = 3, rebuilds = 0.2, changes = 0.2 }) {
  const random = makeRandom()
  /** @type {{ name: string, columns: string[], indexes: string[] }[]} */
  const model = []
  const addTable = () => {
    const number = model.length + 1
    const parent = number % 3 === 0 ? model[number - 2] : undefined
    const table = {
      name: `t${number}`,
      columns: [
        'id INTEGER PRIMARY KEY',
        'title TEXT NOT NULL',
        "state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done'))",
        'amount INTEGER CHECK (amount >= 0)',
        ...(parent === undefined ? [] : [`parent INTEGER REFERENCES ${parent.name} (id) ON DELETE CASCADE`]),
      ],
      indexes: [],
    }
    model.push(table)
    return create(table)
  }
  const first = Array.from({ length: tables }, addTable)
  const later = Array.from({ length: versions - 1 }, (_, position) => {
    const version = position + 2
    const table = model[random(model.length)] ?? model[0]
    if (table === undefined) throw new Error('There is no table.')
    const kind = random(100) / 100
    if (kind < rebuilds) return { version, foreignKeys: 'off', ...rebuild(table, version) }
    if (kind < rebuilds + changes) {
      const columns = ['title']
      return {
        version,
        name: `change ${table.name}`,
        sql: `UPDATE ${table.name} SET title = title || '.' WHERE amount > 10`,
        dataChanges: [{ table: table.name, columns, reason: 'a dot more' }],
      }
    }
    const parts = Array.from({ length: statements }, (_, part) => {
      if (part === 0 && version % 10 === 0) return addTable()
      const column = `c${version}_${part}`
      if (part % 2 === 0) {
        table.columns.push(`${column} TEXT`)
        return `ALTER TABLE ${table.name} ADD COLUMN ${column} TEXT`
      }
      const index = `CREATE INDEX ${table.name}_${column} ON ${table.name} (state, amount)`
      table.indexes.push(index)
      return index
    })
    return { version, name: `extend ${table.name}`, sql: parts.join(';\n') }
  })
  return [{ version: 1, name: 'tables', sql: first.join(';\n') }, ...later]
}

/** @param {{ name: string, columns: string[] }} table */
function create({ name, columns }, as = name) {
  return `CREATE TABLE ${as} (${columns.join(', ')})`
}

/** @param {{ name: string, columns: string[], indexes: string[] }} table @param {number} version */
function rebuild(table, version) {
  const { name, columns, indexes } = table
  const names = columns.map((column) => column.split(' ')[0]).join(', ')
  columns.push(`r${version} INTEGER NOT NULL DEFAULT ${version}`)
  return {
    name: `rebuild ${name}`,
    sql: [
      create(table, `${name}_new`),
      `INSERT INTO ${name}_new (${names}) SELECT ${names} FROM ${name}`,
      `DROP TABLE ${name}`,
      `ALTER TABLE ${name}_new RENAME TO ${name}`,
      ...indexes,
    ].join(';\n'),
  }
}

/** Numbers below a limit, the same each time: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function makeRandom() {
  let state = 1
  return (/** @type {number} */ limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
