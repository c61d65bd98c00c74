// @ts-check
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * @typedef {object} Options
 * @property {string} folder where files of gigabytes are made
 * @property {number} records
 * @property {number} rounds
 * @property {readonly number[]} versions how many the generated histories have
 * @property {readonly number[]} crashVersions how many those have that `crash` breaks
 * @property {string} [schemas] a folder of schemas, one file of SQL each
 */

/**
 * @param {readonly string[]} measures what `--only` may name
 * @throws {Error} when the command line has an unknown option or measure
 */
export function readOptions(measures) {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      versions: { type: 'string', default: '25,50,100' },
      'crash-versions': { type: 'string', default: '20' },
      schemas: { type: 'string' },
      folder: { type: 'string', default: join(tmpdir(), 'migration-proof-bench') },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only.find((name) => !measures.includes(name))
  if (unknown !== undefined) {
    throw new Error(`--only: expected one of ${measures.join(', ')}, found '${unknown}'; name one of them.`)
  }
  if (values.only.includes('rows') && values.schemas === undefined) {
    throw new Error('--only rows: expected --schemas DIR with it, found none; name a folder of .sql files.')
  }
  return {
    ...values,
    // npm runs the script in the folder of the package.
    schemas: values.schemas && resolve(process.env.INIT_CWD ?? '.', values.schemas),
    records: readCount('records', values.records),
    rounds: readCount('rounds', values.rounds),
    versions: readCounts('versions', values.versions),
    crashVersions: readCounts('crash-versions', values['crash-versions']),
  }
}

/**
 * @param {string} option
 * @param {string} text
 */
function readCounts(option, text) {
  return text.split(',').map((part) => readCount(option, part))
}

/**
 * @param {string} option
 * @param {string} text
 */
function readCount(option, text) {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new Error(`--${option}: expected a whole number above 0, found '${text}'; give another one.`)
}

export const help = `npm run bench -- [options]
  --records N    how many records the generated file has (default: 200000)
  --rounds N     how many pairs are measured (default: 5, which is also the least that counts)
  --only NAME    one measure, may be repeated: upgrade, verified, row-proof, fuzz, snapshots,
                 start, tests, rows, history, progress
  --versions N,M how many versions the generated histories have (default: 25,50,100)
  --crash-versions N,M
                 how many those have that crash breaks (default: 20; 40 takes minutes)
  --schemas DIR  schemas for the measure rows, one .sql file each
  --folder PATH  where the generated files are kept
  --write        write docs/performance.json and docs/performance.md
npm run bench -- histories --help prints how a file of histories is run.`
