// @ts-check
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleSource } from '../support/forum.mjs'

/**
 * The rows that are generated for the schemas of a folder with nothing declared: how many of their mutants an INSERT alone
 * tells from the original. The operators are those of SchemaAnalyst and DOMINO (McMinn and others, TOSEM 2015), so that the
 * shares can be compared with theirs.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export async function measureRows({ schemas = '' }) {
  const file = await bundleSource('rows', "export { judgeRows } from '../../src/mutation/row-kills.ts'\n")
  const { judgeRows } = await import(pathToFileURL(file).href)
  const names = readdirSync(schemas)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  if (names.length === 0)
    throw new Error(`--schemas: expected .sql files in ${schemas}, found none; name another folder.`)
  /** @type {{ name: string, error: string }[]} */
  const refusedSchemas = []
  const results = names.flatMap((file) => {
    const name = file.slice(0, -4)
    try {
      return [describe(name, judgeRows(readFileSync(join(schemas, file), 'utf8')))]
    } catch (error) {
      refusedSchemas.push({ name, error: String(error) })
      return []
    }
  })
  if (results.length === 0)
    throw new Error(
      `--schemas: SQLite refuses each file in ${schemas}, ${refusedSchemas[0]?.name} with ${refusedSchemas[0]?.error}`,
    )
  const shares = results.flatMap(({ share }) => share ?? [])
  const sum = (/** @type {(one: any) => number} */ read) =>
    results.reduce((total, one) => total + read(one), 0)
  const killed = sum((one) => one.killed)
  const mutants = sum((one) => one.mutants)
  const equivalent = sum((one) => one.equivalent)
  return {
    schemas: results.length,
    refusedSchemas,
    tables: sum((one) => one.tables),
    tablesWithRows: sum((one) => one.tablesWithRows),
    constraints: sum((one) => one.constraints),
    brokenAlone: sum((one) => one.brokenAlone),
    unbreakable: sum((one) => one.unbreakable),
    mutants,
    equivalent,
    killed,
    shareOfAll: killed / mutants,
    share: killed / (mutants - equivalent),
    meanShare: shares.reduce((total, share) => total + share, 0) / shares.length,
    rows: sum((one) => one.accepted + one.refused),
    cpuSeconds: sum((one) => one.cpuSeconds),
    results,
  }
}

/** What is kept of one schema: numbers, and what is missing by name. */
function describe(
  name,
  { tables, empty, accepted, refused, constraints, unbroken, unknown, mutants, cpuSeconds },
) {
  const killed = mutants.filter(({ isKilled }) => isKilled).length
  const equivalent = mutants.filter((mutant) => !mutant.isKilled && mutant.equivalentBecause !== null)
  const survivors = mutants.filter((mutant) => !mutant.isKilled && mutant.equivalentBecause === null)
  const unbreakable = unbroken.filter(({ reason }) => reason !== null)
  return {
    name,
    tables,
    tablesWithRows: tables - empty.length,
    empty,
    accepted,
    refused,
    constraints,
    brokenAlone: constraints - unbroken.length,
    unbreakable: unbreakable.length,
    notBroken: unbroken.filter(({ reason }) => reason === null).map(({ constraint }) => constraint.label),
    reasons: countBy(unbreakable.map(({ reason }) => reason)),
    withoutMutants: unknown,
    mutants: mutants.length,
    equivalent: equivalent.length,
    equivalentBecause: countBy(equivalent.map((mutant) => `${mutant.operator}: ${mutant.equivalentBecause}`)),
    killed,
    // A schema whose mutants are all equivalent, or that has none, has no share.
    share: mutants.length === equivalent.length ? null : killed / (mutants.length - equivalent.length),
    survivors: survivors.map(({ operator, table, fault }) => `${operator} ${table}: ${fault}`),
    cpuSeconds,
  }
}

/** @param {readonly string[]} texts */
function countBy(texts) {
  /** @type {Record<string, number>} */
  const counts = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}
