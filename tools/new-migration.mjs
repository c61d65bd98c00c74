// Writes what of a new migration can be written without knowing it:
//   npm run migration:new -- NAME [TABLE…]
// The migration and its line in the list; the declaration and the contracts of each table that it adds; the snapshot and
// the campaign of the version before; the version of the package. What is left to write is a comment `STUB:`, which
// `npm run release:freeze` and `npm run verify` name.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))
const [name, ...tables] = process.argv.slice(2)
const written = []

if (name === undefined || !/^[a-z][a-z0-9-]*$/.test(name))
  refuse(
    name,
    'a name such as labels or label-index, and the tables that it adds: npm run migration:new -- labels label',
  )
for (const table of tables)
  if (!/^[a-z][a-z0-9_]*$/.test(table)) refuse(table, 'the name of a table, such as label or oauth_client')

const before = Math.max(
  ...readdirSync(join(project, 'src/migrations')).map((file) => Number(/^v(\d+)-/.exec(file)?.[1] ?? 0)),
)
const version = before + 1
const newFiles = [
  [`src/migrations/v${version}-${name}.ts`, migration()],
  ...tables.map((table) => [`src/suite/tables/${kebab(table)}.ts`, declaration(table)]),
  ...(tables.length === 0 ? [] : [[`src/suite/contracts/${name}.ts`, contracts()]]),
  [`tests/campaign/v${before}.test.ts`, campaign()],
]
for (const [file] of newFiles)
  if (existsSync(join(project, file)))
    refuse(file, 'a new file', 'continue in it, or delete it and run this again')

for (const [file, text] of newFiles) write(file, text)
addToList(
  'src/migrations/index.ts',
  `v${version}${pascal(name)}`,
  `./v${version}-${name}.ts`,
  'export const migrations = [',
)
for (const table of tables)
  addToList('src/suite/tables/index.ts', camel(table), `./${kebab(table)}.ts`, 'export const tables')
if (tables.length > 0)
  addToList(
    'src/suite/contracts.ts',
    `${camel(name)}Contracts`,
    `./contracts/${name}.ts`,
    'export const contracts',
    '...',
  )
edit('src/suite/snapshots.ts', (text) => text.replace(/\]\n$/, `${snapshot()}]\n`))
bump()
format()
for (const file of written) console.log(`wrote ${file}`)
console.log(`Next: write what is marked with STUB, then \`npm run release:freeze\`.`)

function migration() {
  return `import type { Migration } from 'migration-proof'

// STUB: the statements of v${version}
export const v${version}${pascal(name)}: Migration = {
  version: ${version},
  name: '${name.replaceAll('-', ' ')}',
  up: (connection) => {
    connection.exec('')
  },
}
`
}

function declaration(table) {
  return `import type { TableDeclaration } from 'migration-proof'

// STUB: what a row of ${table} is, in a sentence
export const ${camel(table)}: TableDeclaration = {
  name: '${table}',
  since: ${version},
  // STUB: each column, which of them holds a secret, and its typical values
  columns: {},
  // STUB: key, indexes, foreign keys, checks and expiry, and what it refers to without a foreign key
}
`
}

function contracts() {
  return `import type { ContractDeclaration } from 'migration-proof'

// STUB: the statements that the server runs on ${tables.join(', ')}, each with the index that serves it
export const ${camel(name)}Contracts: readonly ContractDeclaration[] = []
`
}

function snapshot() {
  return `  {
    name: 'v${before}',
    version: ${before},
    form: 'versioned',
    // STUB: who left such files behind, and the releases that did
    origin: \`Left by the releases of …. \${builtFromText}.\`,
    releases: [],
  },
`
}

function campaign() {
  return `// Goal: hours of trials find no way to lose a row of v${before}. A file of its own, so that machines share the work.
import { describeCampaign } from './support/describe-campaign.ts'

describeCampaign('v${before}')
`
}

/** Adds an import, and a line at the end of a list. */
function addToList(file, item, from, list, spread = '') {
  edit(file, (text) => {
    const start = text.indexOf(list)
    const end = text.indexOf('\n]', start)
    if (start === -1 || end === -1) refuse(file, `a list that begins with '${list}'`)
    return `import { ${item} } from '${from}'\n${text.slice(0, end)}\n  ${spread}${item},${text.slice(end)}`
  })
}

/** A new migration is at least a new minor version; one that was not committed yet is new enough. */
function bump() {
  const { version: current } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  if (current !== committedVersion()) return
  const [major, minor] = current.split('.').map(Number)
  const next = `"version": "${major}.${minor + 1}.0"`
  const old = `"version": "${current}"`
  edit('package.json', (text) => text.replace(old, next))
  // The root stands twice at the beginning of the lockfile, before any dependency.
  edit('package-lock.json', (text) => text.replace(old, next).replace(old, next))
}

function committedVersion() {
  try {
    const text = execFileSync('git', ['show', 'HEAD:./package.json'], {
      cwd: project,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    return JSON.parse(text).version
  } catch {
    return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).version
  }
}

/** Imports come in their order, and lines in their length. */
function format() {
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
  const files = written.filter((file) => file.endsWith('.ts'))
  execFileSync(process.execPath, [biome, 'check', '--write', ...files], { cwd: project, stdio: 'pipe' })
}

function edit(file, change) {
  const text = readFileSync(join(project, file), 'utf8')
  const changed = change(text)
  if (changed === text) refuse(file, 'a file that can be added to')
  writeFileSync(join(project, file), changed)
  if (!written.includes(file)) written.push(file)
}

function write(file, text) {
  writeFileSync(join(project, file), text, { flag: 'wx' })
  written.push(file)
}

function kebab(text) {
  return text.replaceAll('_', '-')
}

function camel(text) {
  return text.replace(/[-_]+([a-z0-9])/g, (_, letter) => letter.toUpperCase())
}

function pascal(text) {
  const name = camel(text)
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function refuse(actual, expected, fix = 'run `npm run migration:new -- NAME TABLE…`') {
  console.error(
    `migration:new: expected ${expected}, found ${actual === undefined ? 'nothing' : `'${actual}'`}; ${fix}.`,
  )
  process.exit(2)
}
