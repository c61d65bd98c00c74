import { DiagnosedError, type Diagnosis } from '../errors.ts'
import {
  checkFields,
  isObject,
  isText,
  isTexts,
  may,
  must,
  type Rules,
} from '../migrator/check-migrations.ts'
import { foldName } from '../sql/names.ts'
import type { TableDeclaration, TableShape } from './facts.ts'
import { foreignKeysOf, indexesOf, isExpression, tablesAt } from './facts-at.ts'

/** Thrown when the declaration of a table is invalid. */
export class TableDeclarationError extends DiagnosedError {
  override readonly name = 'TableDeclarationError'
}

const isNumber = (value: unknown) => typeof value === 'number'
const aList = may('an array', Array.isArray)
const someTexts = may('an array of strings', isTexts)
const someRows = (value: unknown) => Array.isArray(value) && value.every(isObject)
const anObject = may('an object', isObject)
const aSwitch = may('true, or nothing', (value) => typeof value === 'boolean')
const aVersion = may('a number', isNumber)

const shapeRules: Rules = {
  columns: anObject,
  key: someTexts,
  unique: may('an array of arrays of strings', (value) => Array.isArray(value) && value.every(isTexts)),
  indexes: anObject,
  foreignKeys: aList,
  references: aList,
  checks: aList,
  expiry: anObject,
  autoincrement: aSwitch,
  strict: aSwitch,
  withoutRowid: aSwitch,
}

const tableRules: Rules = {
  ...shapeRules,
  name: must('a string', isText),
  since: must('a number', isNumber),
  until: aVersion,
  columns: must('an object', isObject),
  changes: aList,
}

const changeRules: Rules = { ...shapeRules, since: must('a number', isNumber) }

const columnRules: Rules = {
  type: must('a string', isText),
  notNull: aSwitch,
  default: may('an SQL expression', (value) => isText(value) || isObject(value)),
  collate: may("'NOCASE' or 'RTRIM'", (value) => value === 'NOCASE' || value === 'RTRIM'),
  secret: aSwitch,
  values: may("an array, 'seconds', 'date-time' or 'json'", isValues),
  examples: someTexts,
  since: aVersion,
  until: aVersion,
}

const actions = ['NO ACTION', 'RESTRICT', 'SET NULL', 'SET DEFAULT', 'CASCADE']
const anAction = may(actions.map((action) => `'${action}'`).join(', '), (value) =>
  actions.some((action) => action === value),
)
const referenceRules: Rules = {
  columns: must('an array of strings', isTexts),
  parent: must('a string', isText),
  parentColumns: someTexts,
}
const foreignKeyRules: Rules = {
  ...referenceRules,
  onDelete: anAction,
  onUpdate: anAction,
  orphans: may('an array of rows', someRows),
}
const checkRules: Rules = {
  sql: must('a string', isText),
  holds: must('a function', (value) => typeof value === 'function'),
  refuses: must('an array of rows', someRows),
}
const indexRules: Rules = {
  columns: must('an array of strings', isTexts),
  unique: aSwitch,
  where: may('a string', isText),
  identity: may('a function', (value) => typeof value === 'function'),
  since: aVersion,
  until: aVersion,
}

const expiryRules: Rules = { column: must('a string', isText), index: must('a string', isText) }
const defaultRules: Rules = {
  sql: must('a string', isText),
  value: may('a value', () => true),
  at: may('a function', (value) => typeof value === 'function'),
}
const listRules = { foreignKeys: foreignKeyRules, references: referenceRules, checks: checkRules }

function isValues(value: unknown): boolean {
  return Array.isArray(value) || value === 'seconds' || value === 'date-time' || value === 'json'
}

/**
 * Checks that the declarations of tables are valid in each version.
 *
 * @param latest the version that the migrations lead to
 * @throws {TableDeclarationError} that names the table and the field
 */
export function checkTables(tables: readonly TableDeclaration[], latest: number): void {
  for (const [index, table] of tables.entries()) checkForm(table, index, latest)
  for (let version = 1; version <= latest; version++) {
    const present = tablesAt(tables, version)
    for (const table of present) checkNames(table, present, version)
  }
}

function checkForm(table: TableDeclaration, index: number, latest: number): void {
  const path = `tables[${index}]`
  const errorIn = (diagnosis: Diagnosis) => errorOf({ ...diagnosis, where: withName(diagnosis.where, table) })
  checkFields(table, path, tableRules, errorIn)
  const { since, until, changes = [] } = table
  for (const [position, change] of changes.entries())
    checkFields(change, `${path}.changes[${position}]`, changeRules, errorIn)
  checkParts(table, path, errorIn)
  for (const [position, change] of changes.entries())
    checkParts(change, `${path}.changes[${position}]`, errorIn)
  const where = withName(path, table)
  const versions = [since, ...changes.map((change) => change.since), ...(until === undefined ? [] : [until])]
  if (versions.some((version, position) => version <= (versions[position - 1] ?? 0)))
    throw wrong(where, 'since, changes and until in the order of their versions', versions.join(', '))
  const late = versions.find((version) => version > latest)
  if (late !== undefined)
    throw errorOf({
      where,
      expected: `versions up to ${latest}, the last one in \`migrations\``,
      actual: `version ${late}`,
      fix: `add the line of v${late} to \`migrations\` if it is missing there, or correct the declaration`,
    })
}

/** Adds the name of the table to a path: an index says too little if each table is declared in a file of its own. */
function withName(path: string, table: unknown): string {
  return isObject(table) && isText(table.name) ? `${path} (${table.name})` : path
}

type ErrorIn = (diagnosis: Diagnosis) => TableDeclarationError

function checkParts(shape: Partial<TableShape>, path: string, errorIn: ErrorIn): void {
  const { columns = {}, indexes = {}, expiry } = shape
  for (const [name, column] of Object.entries(columns))
    checkColumn(column, `${path}.columns.${name}`, errorIn)
  for (const [name, index] of Object.entries(indexes)) {
    // The short form of an index is the list of its columns.
    if (Array.isArray(index))
      checkFields({ [name]: index }, `${path}.indexes`, { [name]: someTexts }, errorIn)
    else checkFields(index, `${path}.indexes.${name}`, indexRules, errorIn)
  }
  if (expiry !== undefined) checkFields(expiry, `${path}.expiry`, expiryRules, errorIn)
  for (const field of ['foreignKeys', 'references', 'checks'] as const)
    for (const [position, element] of (shape[field] ?? []).entries())
      checkFields(element, `${path}.${field}[${position}]`, listRules[field], errorIn)
}

function checkColumn(column: unknown, path: string, errorIn: ErrorIn): void {
  const { default: value } = checkFields(column, path, columnRules, errorIn)
  if (!isObject(value)) return
  const where = `${path}.default`
  checkFields(value, where, defaultRules, errorIn)
  const given = ['value', 'at'].filter((name) => value[name] !== undefined)
  if (given.length === 1) return
  const actual = given.length === 0 ? 'neither' : 'both'
  throw errorIn({ where, expected: 'either value or at', actual, fix: 'correct the declaration' })
}

/** Everything that a table refers to exists: its own columns and indexes, its parents and their columns. */
function checkNames(table: TableDeclaration, present: readonly TableDeclaration[], version: number): void {
  const { key = [], unique = [], references = [], checks = [], expiry, columns } = table
  const where = `tables, ${table.name} of v${version}`
  if (present.filter(({ name }) => foldName(name) === foldName(table.name)).length > 1)
    throw wrong(where, 'one declaration of a version', 'more than one')
  const own = [
    ...key,
    ...unique.flat(),
    ...[...foreignKeysOf(table), ...references].flatMap((reference) => reference.columns),
    ...checks.flatMap(({ refuses }) => refuses.flatMap((row) => Object.keys(row))),
    ...(expiry === undefined ? [] : [expiry.column]),
    ...indexesOf(table).flatMap((index) => index.columns.map((term) => term.replace(/ DESC$/, ''))),
  ]
  const missing = own.find((name) => !isExpression(name) && columns[name] === undefined)
  if (missing !== undefined) throw wrong(where, `a column ${missing}`, 'none')
  for (const { columns: names, parent, parentColumns = names } of [...foreignKeysOf(table), ...references]) {
    const found = present.find(({ name }) => name === parent)
    const absent = parentColumns.find((name) => found?.columns[name] === undefined)
    if (found === undefined) throw wrong(where, `the table ${parent}, to which it refers`, 'none')
    if (absent !== undefined)
      throw wrong(where, `a column ${absent} of ${parent}, to which it refers`, 'none')
  }
  const names = indexesOf(table).map(({ name }) => name)
  for (const { name, columns: terms, unique: isUnique, where: condition, identity } of indexesOf(table)) {
    const isPlain = condition === undefined && !terms.some(isExpression)
    if (isUnique && !isPlain && identity === undefined)
      throw wrong(`${where}, ${name}`, 'an identity, as it is UNIQUE for some rows or an expression', 'none')
  }
  if (expiry !== undefined && !names.includes(expiry.index))
    throw wrong(where, `the index ${expiry.index}, which serves its expiry`, 'none')
}

function wrong(where: string, expected: string, actual: string) {
  return errorOf({ where, expected, actual, fix: 'correct the declaration' })
}

function errorOf(diagnosis: Diagnosis): TableDeclarationError {
  return new TableDeclarationError(diagnosis)
}
