// @ts-check
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, Script } from 'node:vm'

/**
 * A migration as the file of histories describes it.
 *
 * @typedef {object} Step
 * @property {number} version
 * @property {string} name
 * @property {string} [sql]
 * @property {string} [up] the source of a function, where SQL alone does not say it
 */

/**
 * @typedef {'named' | 'note' | 'silent'} Expected
 * @typedef {object} History
 * @property {string} id
 * @property {string} kind
 * @property {Expected} expect
 * @property {readonly Step[]} migrations
 * @property {Readonly<Record<string, string>>} [rows] by the name of the snapshot; the others are drafted
 * @property {Readonly<Record<string, string>>} [goldenSchemas] by their names; the others are drafted
 * @property {object} [config] more fields of the config
 */

/**
 * @typedef {object} Sighting what a command reported
 * @property {string} code
 * @property {string} severity
 * @property {string} object
 * @property {string | null} table
 */

/**
 * @typedef {object} Sightings
 * @property {readonly Sighting[]} all what the commands report of the whole history
 * @property {readonly Sighting[]} ofFirst what `lint` reports of its first migration alone
 * @property {readonly Sighting[]} ofSchema what `lint` reports where one migration makes the schema that it ends with
 */

const library = new URL('../../dist/index.js', import.meta.url).href
const main = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url))
const mutated = 'mutants that are none'

/**
 * Makes a project of a history in a temporary folder, and runs on it what a user runs.
 *
 * @param {History} history
 * @param {string} bundle the command line as one file
 * @param {string} keep a folder that keeps what the commands printed; none where it is empty
 * @returns {Promise<Sightings>}
 */
export async function lookAt(history, bundle, keep) {
  const { migrations } = history
  return inProject(history, async (folder) => {
    const commands = history.kind === mutated ? ['freeze', 'verify', 'lint', 'mutate'] : undefined
    const all = await runCommands(folder, { history, bundle, keep, commands })
    if (migrations.length < 2) return { all, ofFirst: [], ofSchema: [] }
    const lint = (/** @type {readonly Step[]} */ steps) =>
      inProject({ ...history, migrations: steps, rows: {}, goldenSchemas: {} }, (other) =>
        runCommands(other, { history, bundle, keep: '', commands: ['lint'] }),
      )
    const schema = readSchema(folder, migrations.length)
    return {
      all,
      ofFirst: await lint(migrations.slice(0, 1)),
      ofSchema: schema === null ? [] : await lint([{ version: 1, name: 'all at once', sql: schema }]),
    }
  })
}

/**
 * The golden schema of a version, without the table of the versions; null where nothing was frozen.
 *
 * @param {string} folder
 * @param {number} version
 */
function readSchema(folder, version) {
  try {
    const text = readFileSync(join(folder, 'fixtures', 'schemas', `v${version}.sql`), 'utf8')
    return text.replace(/CREATE TABLE "schema_version" \([^;]*;/, '')
  } catch {
    return null
  }
}

/**
 * @typedef {object} Call
 * @property {History} history
 * @property {string} bundle
 * @property {string} keep
 * @property {readonly string[] | undefined} commands
 */

/**
 * Runs commands in a project, and lists what they report.
 *
 * @param {string} folder
 * @param {Call} call
 * @returns {Promise<Sighting[]>}
 */
async function runCommands(folder, { history, bundle, keep, commands = ['freeze', 'verify', 'lint'] }) {
  const sightings = []
  let isFrozen = true
  for (const command of commands) {
    const calls = command === 'freeze' ? [['freeze'], ['freeze', '--accept-drafts']] : [[command]]
    for (const [index, call] of calls.entries()) {
      // Without fixtures there is nothing to verify, and nothing to compare mutants by.
      if (!isFrozen && command !== 'lint') continue
      const { exitCode, text } = await (command === 'mutate'
        ? runApart(folder, call)
        : run(folder, bundle, call))
      if (keep !== '') writeFileSync(join(makeFolder(keep, history.id), `${command}-${index + 1}.json`), text)
      const found = readReport(command, text)
      // A clause that is lost waits for a person to read the draft: what is frozen without it can be verified.
      const isWaiting = command === 'freeze' && found.length === 0 && JSON.parse(text).losses?.length > 0
      if (exitCode !== 0 && found.length === 0 && !isWaiting)
        throw new Error(`${history.id}: ${call.join(' ')} ended with ${exitCode} and reported nothing.`)
      sightings.push(...found)
      if (command === 'freeze' && exitCode !== 0 && !isWaiting) isFrozen = false
    }
  }
  return sightings
}

/**
 * @param {string} keep
 * @param {string} id
 */
function makeFolder(keep, id) {
  const folder = join(resolve(keep), id.replaceAll('/', '-'))
  mkdirSync(folder, { recursive: true })
  return folder
}

/** @type {Map<string, Script>} */
const scripts = new Map()

/**
 * Evaluates the command line again, as in a process of its own, from a script that is compiled once.
 *
 * @param {string} bundle
 */
function evaluate(bundle) {
  let script = scripts.get(bundle)
  if (script === undefined) {
    script = new Script(`(function (exports, require) {${readFileSync(bundle, 'utf8')}\n})`, {
      filename: bundle,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    scripts.set(bundle, script)
  }
  const exports = /** @type {any} */ ({})
  script.runInThisContext()(exports, createRequire(bundle))
  return exports
}

/**
 * Runs a command in this process.
 *
 * @param {string} folder
 * @param {string} bundle
 * @param {readonly string[]} call
 */
async function run(folder, bundle, call) {
  const { write } = process.stdout
  let text = ''
  process.stdout.write = (/** @type {any} */ chunk, /** @type {any} */ done) => {
    text += chunk
    done?.()
    return true
  }
  process.chdir(folder)
  try {
    return { exitCode: await evaluate(bundle).run([...call, '--json']), text }
  } finally {
    process.stdout.write = write
    process.chdir(tmpdir())
  }
}

/**
 * Runs a command that starts threads.
 *
 * @param {string} folder
 * @param {readonly string[]} call
 * @returns {Promise<{ exitCode: number | null, text: string }>}
 */
function runApart(folder, call) {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [main, ...call, '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    child.on('error', fail).on('close', (exitCode) => settle({ exitCode, text }))
  })
}

/**
 * Every problem in what a command printed, and the error that ended it.
 *
 * @param {string} command
 * @param {string} text
 * @returns {Sighting[]}
 */
function readReport(command, text) {
  const report = JSON.parse(text)
  const { error } = report
  if (error !== undefined)
    return [{ code: error.name, severity: 'error', object: `${command}: ${error.message}`, table: null }]
  return findProblems(report)
}

/**
 * @param {any} value
 * @returns {Sighting[]}
 */
function findProblems(value) {
  if (typeof value !== 'object' || value === null) return []
  const { code, severity, status, subject } = value
  if (code === undefined || severity === undefined || subject === undefined)
    return Object.values(value).flatMap(findProblems)
  const { type, name, aspect = '', table = type === 'table' ? name : null } = subject
  return status === 'new' ? [{ code, severity, object: `${type} ${name} ${aspect}`.trim(), table }] : []
}

/**
 * @template Result
 * @param {History} history
 * @param {(folder: string) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function inProject(history, work) {
  const folder = mkdtempSync(join(tmpdir(), 'history-'))
  try {
    writeProject(folder, history)
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * @param {string} folder
 * @param {History} history
 */
function writeProject(folder, { migrations, rows = {}, goldenSchemas = {}, config = {} }) {
  const listed = migrations.map(({ sql, up, ...rest }) => {
    const source = up ?? `(database) => database.exec(${JSON.stringify(sql)})`
    return `    { ...${JSON.stringify(rest)}, up: ${source} },\n`
  })
  const text = `import { defineConfig } from ${JSON.stringify(library)}

export default defineConfig({
  name: 'history',
  migrations: [
${listed.join('')}  ],
  fixtures: new URL('fixtures', import.meta.url),
  engine: '>=3.40',
  connection: { foreignKeys: true },
  ...${JSON.stringify(config)},
})
`
  writeFileSync(join(folder, 'migration-proof.config.mjs'), text)
  writeFileSync(join(folder, 'package.json'), '{ "name": "history", "version": "1.0.0" }\n')
  for (const kind of ['schemas', 'rows']) mkdirSync(join(folder, 'fixtures', kind), { recursive: true })
  for (const [name, schema] of Object.entries(goldenSchemas))
    writeFileSync(join(folder, 'fixtures', 'schemas', `${name}.sql`), schema)
  for (const [name, inserts] of Object.entries(rows))
    writeFileSync(join(folder, 'fixtures', 'rows', `${name}.sql`), `${versionRows(name)}${inserts}\n`)
}

/**
 * The rows of the table of the versions, in a snapshot that is called by its version.
 *
 * @param {string} name
 */
function versionRows(name) {
  const version = Number(name.replace(/\D/g, ''))
  const rows = Array.from({ length: version }, (_, index) => `(${index + 1}, '2024-01-01 00:00:00')`)
  return `INSERT INTO schema_version (version, applied_at) VALUES ${rows.join(', ')};\n`
}
