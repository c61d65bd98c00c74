import { engineNames, isEngineName } from '../engines/engine-names.ts'
import { DiagnosedError, type Diagnosis } from '../errors.ts'
import {
  checkFields,
  isObject,
  isText,
  isTexts,
  isWritten,
  may,
  mayBe,
  must,
  type Rules,
} from '../migrator/check-migrations.ts'

import { foldName } from '../sql/names.ts'
import type { ContractDeclaration } from './facts.ts'
import { replications } from './replication.ts'

/** Thrown when a field of a config is unknown or has the wrong form. */
export class ConfigError extends DiagnosedError {
  override readonly name = 'ConfigError'
}

const aPath = 'a path or a `file:` URL'
const isPath = (value: unknown) => value instanceof URL || (isText(value) && value !== '')
const isFunction = (value: unknown) => typeof value === 'function'
const isValue = (value: unknown) => value === null || ['string', 'number', 'bigint'].includes(typeof value)
const isOldest = (value: unknown) => isText(value) && /^>=3\.\d+(\.\d+)?$/.test(value)
const aList = may('an array', Array.isArray)
const someText = must('a string', isText)
const someReason = must('a reason, which a person writes', isWritten)
const someTexts = must('an array of strings', isTexts)
const aVersion = may('a number', (value) => typeof value === 'number')

const configRules: Rules = {
  name: someText,
  // Their own forms are checked by definePlan and checkTables.
  migrations: must('an array', Array.isArray),
  declare: may("an object by ids, such as { '0002_tags': { dataChanges: [] } }", isObject),
  versions: may('a version store, such as userVersion()', isObject),
  runner: may('the rules of a tool, such as those of drizzle()', isObject),
  base: may(aPath, isPath),
  fixtures: may(aPath, isPath),
  snapshots: may(
    "an array, 'all', or an object such as { since: 54 }",
    (value) => Array.isArray(value) || isObject(value) || value === 'all',
  ),
  tables: aList,
  contracts: aList,
  waivers: aList,
  equivalentMutants: aList,
  engine: may(
    `one of ${engineNames.join(', ')}, or the oldest version of SQLite, such as '>=3.40', or an object of both`,
    (value) => isEngineName(value) || isOldest(value) || isObject(value),
    engineNames,
  ),
  deviations: aList,
  connection: may('an object', isObject),
  replication: mayBe(replications),
  sources: may(aPath, isPath),
  engineResults: may(aPath, isPath),
}

const engineRules: Rules = {
  name: mayBe(engineNames),
  oldest: may("a version of SQLite, such as '>=3.40'", isOldest),
  options: may('an object', isObject),
}

const versionsRules: Rules = {
  tables: someTexts,
  create: must('a function', isFunction),
  read: must('a function', isFunction),
  record: must('a function', isFunction),
}

const contractRules: Rules = {
  name: someText,
  table: someText,
  sql: someText,
  parameters: must('an array of values', (value) => Array.isArray(value) && value.every(isValue)),
  access: must('an object', isObject),
  sorts: may('a string', isText),
  since: aVersion,
  until: aVersion,
}

const accessRules: Rules = {
  index: may('a string', isText),
  or: may('a string', isText),
  scan: may('a string, which says why', isText),
  through: may('a string', isText),
  write: may('true, or nothing', (value) => value === true),
}

const connectionRules: Rules = {
  foreignKeys: may('a boolean', (value) => typeof value === 'boolean'),
  functions: may(
    'an object of functions',
    (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'function'),
  ),
}

/** The rules for the elements of lists. */
const elementRules: Readonly<Record<string, Rules>> = {
  snapshots: {
    name: someText,
    version: must('a number', (value) => typeof value === 'number'),
    form: someText,
    origin: someText,
    releases: someTexts,
  },
  contracts: contractRules,
  deviations: {
    engine: mayBe(engineNames),
    before: may(
      "a version of SQLite, such as '3.38'",
      (value) => isText(value) && /^3(\.\d+){1,2}$/.test(value),
    ),
    check: someText,
    object: someText,
    actual: someText,
    reason: someReason,
  },
  waivers: { code: someText, objects: someTexts, reason: someReason },
  equivalentMutants: { reason: someReason, mutants: someTexts },
}

/**
 * Checks the form of a config that may come from code without types, apart from its migrations and tables.
 *
 * @throws {ConfigError} that names the field by its path, such as `waivers[2].reason`
 */
export function checkConfig(given: unknown): void {
  const config = checkFields(given, 'defineConfig', configRules, configError)
  if (config.name === '') throw refuse('name', 'a string that is not empty', 'an empty one')
  for (const field of ['base', 'fixtures', 'sources', 'engineResults']) {
    const path = config[field]
    if (path instanceof URL && path.protocol !== 'file:')
      throw refuse(field, aPath, `a URL of ${path.protocol}`)
  }
  if (config.versions !== undefined) checkVersions(config.versions)
  if (isObject(config.engine)) checkFields(config.engine, 'engine', engineRules, configError)
  if (config.connection !== undefined)
    checkFields(config.connection, 'connection', connectionRules, configError)
  for (const [field, rules] of Object.entries(elementRules)) {
    for (const [index, element] of listOf(config[field]).entries())
      checkFields(element, `${field}[${index}]`, rules, configError)
  }
  checkSnapshots(listOf(config.snapshots))
  for (const [index, contract] of listOf(config.contracts).entries())
    checkAccess(isObject(contract) ? contract.access : undefined, `contracts[${index}].access`)
}

/** A store may be an instance of a class, with more members than the harness uses. */
function checkVersions(versions: unknown): void {
  const used = isObject(versions)
    ? Object.fromEntries(Object.keys(versionsRules).map((name) => [name, versions[name]]))
    : versions
  checkFields(used, 'versions', versionsRules, configError)
}

function checkSnapshots(snapshots: readonly unknown[]): void {
  const names = new Set<unknown>()
  for (const [index, snapshot] of snapshots.entries()) {
    if (!isObject(snapshot)) continue
    const { name, version } = snapshot
    if (!(Number.isSafeInteger(version) && Number(version) >= 0))
      throw refuse(`snapshots[${index}].version`, 'a version of 0 or more', `${version}`)
    if (names.has(name))
      throw refuse(`snapshots[${index}].name`, 'a name of its own', `'${name}' for the second time`)
    names.add(name)
  }
}

function checkAccess(value: unknown, where: string): void {
  const access = checkFields(value, where, accessRules, configError)
  const ways = ['index', 'scan', 'write'].filter((name) => access[name] !== undefined)
  if (ways.length !== 1)
    throw refuse(where, 'one of index, scan and write', ways.length === 0 ? 'none' : ways.join(' and '))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function refuse(where: string, expected: string, actual: string): ConfigError {
  return configError({ where, expected, actual, fix: 'correct it' })
}

const heldRules: Rules = {
  since: may('a number', (value) => typeof value === 'number'),
  versions: may('an array', Array.isArray),
}

/**
 * The versions that people hold must be those of the history.
 *
 * @param oldest the oldest version of which a file can hold something
 * @param latest the latest version
 * @throws {ConfigError} that names the field
 */
export function checkHeldVersions(held: unknown, oldest: number, latest: number): void {
  if (!isObject(held) || Array.isArray(held)) return
  const { since, versions } = checkFields(held, 'snapshots', heldRules, configError)
  if ((since === undefined) === (versions === undefined))
    throw refuse('snapshots', 'one of since and versions', since === undefined ? 'none' : 'both')
  const named: readonly (readonly [string, unknown])[] =
    since === undefined
      ? listOf(versions).map((version, index) => [`snapshots.versions[${index}]`, version] as const)
      : [['snapshots.since', since]]
  for (const [where, version] of named)
    if (!Number.isSafeInteger(version) || Number(version) < oldest || Number(version) > latest)
      throw refuse(where, `a version from ${oldest} to ${latest}`, `${version}`)
}

/**
 * A contract of a table that is not declared would never be tried.
 *
 * @param known the names of the tables that are declared, and of those of the version store
 * @throws {ConfigError} that names the contract
 */
export function checkContractTables(
  contracts: readonly ContractDeclaration[],
  known: readonly string[],
): void {
  const names = new Set(known.map(foldName))
  for (const [index, { name, table }] of contracts.entries()) {
    if (names.has(foldName(table))) continue
    const fix = `correct the name of the table, or declare it in \`tables\``
    const where = `contracts[${index}].table ('${name}')`
    throw configError({ where, expected: `one of ${known.join(', ')}`, actual: `'${table}'`, fix })
  }
}

/** The error of a field, whose path begins with its name. */
export function configError({ where, ...rest }: Diagnosis): ConfigError {
  return new ConfigError({ where: where.replace(/^defineConfig\./, ''), ...rest })
}
