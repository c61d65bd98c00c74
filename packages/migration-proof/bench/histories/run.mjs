// @ts-check
import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleSource } from '../support/forum.mjs'

/**
 * @typedef {import('./project.mjs').Expected} Expected
 * @typedef {import('./project.mjs').History} History
 * @typedef {import('./project.mjs').Sighting} Sighting
 * @typedef {import('./project.mjs').Sightings} Sightings
 * @typedef {import('./project.mjs').Step} Step
 */

/**
 * @typedef {object} Verdict
 * @property {Expected | 'other'} outcome
 * @property {readonly Sighting[]} deciding those that decided
 * @property {readonly Sighting[]} others new ones of other kinds
 */

const help = `node bench/run.mjs histories --file FILE [options]
  --file FILE  a JSON file of histories
  --only TEXT  only those whose id holds this text
  --verbose    print every problem that decided
  --keep DIR   keep what the commands printed in this folder`

const page = new URL('../../docs/histories.md', import.meta.url)
const rulePages = new URL('../../docs/rules/', import.meta.url)
const worker = fileURLToPath(new URL('worker.mjs', import.meta.url))
/** How many histories one process looks at: each command that it runs takes a few megabytes. */
const atOnce = 12

/**
 * Makes a project of each history, runs the commands that a user runs, and compares what they report with what the file
 * expects. `docs/histories.md` says when a history counts as named.
 *
 * @param {readonly string[]} given the arguments
 * @returns {Promise<number>} the exit code
 */
export async function runHistories(given) {
  try {
    const options = readOptions(given)
    if (options.help) {
      console.log(help)
      return 0
    }
    const histories = readHistories(options)
    const codes = readCodes()
    const findings = readFindings()
    const sightings = await lookAtAll(histories, options.keep)
    const verdicts = histories.map((history, index) =>
      judge(history, /** @type {any} */ (sightings[index]), codes, findings),
    )
    const isRight = histories.map(({ expect }, index) => verdicts[index]?.outcome === expect)
    for (const [index, verdict] of verdicts.entries())
      console.log(render(/** @type {History} */ (histories[index]), verdict, options.verbose))
    console.log(renderTotals(histories, isRight))
    return isRight.every(Boolean) ? 0 : 1
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : error}`)
    return 2
  }
}

/** @param {readonly string[]} given */
function readOptions(given) {
  const { values } = parseArgs({
    args: [...given],
    options: {
      file: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      verbose: { type: 'boolean', default: false },
      keep: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.file === '' && !values.help)
    throw new Error(`--file: expected a file of histories, found none; name one.\n\n${help}`)
  return values
}

/**
 * @param {{ readonly file: string, readonly only: string }} options
 * @returns {readonly History[]}
 */
function readHistories({ file, only }) {
  // npm runs the script in the folder of the package.
  const path = resolve(process.env.INIT_CWD ?? '.', file)
  /** @type {readonly History[]} */
  const histories = JSON.parse(readFileSync(path, 'utf8'))
  const chosen = histories.filter(({ id }) => id.includes(only))
  if (chosen.length > 0) return chosen
  throw new Error(
    `--only ${only}: expected a part of an id in ${path}, found none that has it; name another.`,
  )
}

/**
 * The table from kind to codes in the documentation.
 *
 * @returns {ReadonlyMap<string, readonly string[]>}
 */
function readCodes() {
  const [, table = ''] = /<!-- kinds -->(.*)<!-- end of kinds -->/s.exec(readFileSync(page, 'utf8')) ?? []
  const rows = [...table.matchAll(/^\| ([^|]+?) +\| (`[^|]+`) +\|$/gm)]
  return new Map(
    rows.map(([, kind = '', codes = '']) => [
      kind,
      [...codes.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
    ]),
  )
}

/**
 * Looks at histories in as many processes as there are processors.
 *
 * @param {readonly History[]} histories
 * @param {string} keep
 * @returns {Promise<Sightings[]>}
 */
async function lookAtAll(histories, keep) {
  const bundle = await bundleSource('commands', "export { run } from '../../src/cli/run.ts'\n", 'cjs')
  const size = Math.min(atOnce, Math.ceil(histories.length / availableParallelism()))
  /** @type {Sightings[]} */
  const results = []
  let next = 0
  const process = async () => {
    for (let start = next; start < histories.length; start = next) {
      next += size
      const found = await lookInProcess(histories.slice(start, start + size), { bundle, keep })
      for (const [index, sightings] of found.entries()) results[start + index] = sightings
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, process))
  return results
}

/** The codes of `lint`: each has a page of its own. */
function readFindings() {
  return new Set(readdirSync(rulePages).map((page) => page.replace(/\.md$/, '')))
}

/**
 * @param {readonly History[]} histories
 * @param {{ readonly bundle: string, readonly keep: string }} options
 * @returns {Promise<Sightings[]>}
 */
function lookInProcess(histories, options) {
  return new Promise((settle, fail) => {
    /** @type {Sightings[]} */
    const results = []
    // What a command says on the standard error is in its results, too.
    const child = fork(worker, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    child.on('message', (/** @type {any} */ { id, sightings, failure }) => {
      if (failure === undefined) results.push(sightings)
      else fail(new Error(`${id}: ${failure}`))
    })
    child.on('error', fail).on('close', () => {
      if (results.length === histories.length) settle(results)
      else fail(new Error(`${histories[results.length]?.id}: its process ended early.`))
    })
    child.send({ histories, ...options })
  })
}

/**
 * @param {History} history
 * @param {Sightings} sightings
 * @param {ReadonlyMap<string, readonly string[]>} codesOfKinds
 * @param {ReadonlySet<string>} findings the codes of `lint`
 * @returns {Verdict}
 */
function judge(history, { all, ofFirst, ofSchema }, codesOfKinds, findings) {
  const [before, atOnce] = [ofFirst, ofSchema].map((found) => new Set(found.map(identityOf)))
  const codes = codesOfKinds.get(history.kind) ?? [...codesOfKinds.values()].flat()
  const affected = affectedNames(history)
  const ofKind = all.filter(
    ({ code, table }) => codes.includes(code) && (table === null || affected.has(fold(table))),
  )
  const isNew = (/** @type {Sighting} */ sighting) =>
    sighting.severity !== 'note' && !before?.has(identityOf(sighting))
  const naming = ofKind.filter(isNew)
  const others = all.filter(
    (sighting) => isNew(sighting) && !naming.includes(sighting) && !atOnce?.has(identityOf(sighting)),
  )
  const failed = others.filter(({ code }) => !findings.has(code))
  if (naming.length > 0) return { outcome: 'named', deciding: naming, others }
  if (failed.length > 0) return { outcome: 'other', deciding: failed, others }
  return { outcome: ofKind.length > 0 ? 'note' : 'silent', deciding: ofKind, others }
}

/** @param {Sighting} sighting */
function identityOf({ code, object }) {
  return `${code} ${fold(object)}`
}

/** @param {string} text */
function fold(text) {
  return text.toLowerCase()
}

/**
 * The names that the migrations after the first mention, and those that the first mentions in one statement with such a
 * table: its children, indexes, triggers and views. All names where there is one migration alone.
 *
 * @param {History} history
 * @returns {ReadonlySet<string>}
 */
function affectedNames({ migrations: [first, ...later] }) {
  const textOf = (/** @type {Step | undefined} */ step) => fold(`${step?.sql ?? ''}${step?.up ?? ''}`)
  const words = later.length === 0 ? textOf(first) : later.map(textOf).join(' ')
  const quoted = [...words.matchAll(/["`[]([^"`\]]+)["`\]]/g)].map(([, name = '']) => name)
  const own = new Set([...(words.match(/[\p{L}\p{N}_$]+/gu) ?? []), ...quoted])
  const tied = textOf(first)
    .split(/(?=\bcreate\b)/)
    .map(namesOf)
    .filter((names) => names.some((name) => own.has(name)))
  return new Set([...own, ...tied.flat()])
}

/**
 * The tables and other objects that a statement names: columns are called alike everywhere.
 *
 * @param {string} sql
 */
function namesOf(sql) {
  const named = sql.matchAll(
    /\b(?:table|view|trigger|index|on|references|from|into|update)\s+(?:if\s+(?:not\s+)?exists\s+|or\s+\w+\s+)?(?!(?:on|of|or|set|conflict|delete|update|no)\b)(?:["'`[]([^"'`\]]+)["'`\]]|([\p{L}\p{N}_$]+))/gu,
  )
  return [...named].map(([, quoted, name = '']) => quoted ?? name)
}

/**
 * @param {History} history
 * @param {Verdict} verdict
 * @param {boolean} isVerbose
 */
function render({ id, expect }, { outcome, deciding, others }, isVerbose) {
  const list = (/** @type {readonly Sighting[]} */ found) =>
    [...new Set(found.map(({ code }) => code))].join(', ')
  const codes = list(deciding)
  const also = list(others.filter((sighting) => !deciding.includes(sighting)))
  const expected = outcome === expect ? '' : ` (expected ${expect})`
  const line = `${outcome === expect ? '✓' : '✗'} ${outcome.padEnd(6)} ${id}${codes && `: ${codes}`}${also && ` (also ${also})`}${expected}`
  const details = isVerbose ? deciding.map(({ code, object }) => `    ${code}: ${object}`) : []
  return [line, ...new Set(details)].join('\n')
}

/**
 * @param {readonly History[]} histories
 * @param {readonly boolean[]} isRight
 */
function renderTotals(histories, isRight) {
  const totals = ['named', 'silent', 'note'].map((expected) => {
    const ofThese = isRight.filter((_, index) => histories[index]?.expect === expected)
    return `${expected}: ${ofThese.filter(Boolean).length} of ${ofThese.length}`
  })
  return `${isRight.filter(Boolean).length} of ${histories.length} as expected (${totals.join(', ')})`
}
